import { defineConfig } from 'vitest/config';

/** A configuration of its own, and file names of their own: `npm test` does not find these. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/real/*.real.ts'],
    setupFiles: ['test/support/quiet-logs.ts'],
    // Python starts slowly, and two cores are shared with what is tested.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

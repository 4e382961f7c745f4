import { defineConfig } from 'vitest/config';

/** A separate configuration and separate file names, so that `npm test` does not run these tests. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/real/*.real.ts'],
    setupFiles: ['test/support/quiet-logs.ts'],
    // Python starts slowly, and the tests share two cores with the tools.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

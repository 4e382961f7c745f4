import { defineConfig } from 'vitest/config';

/** Kept here so that the root stays bare. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/quiet-logs.ts'],
    // They end what hangs, and say nothing of speed: an idle machine needs a tenth of them, a busy one may need half.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // A worker keeps its modules from file to file: loading them anew took a quarter of the time. A file undoes what it changes.
    isolate: false,
    // Two cores: more workers than that only make timeouts meaningless.
    maxWorkers: 2,
  },
});

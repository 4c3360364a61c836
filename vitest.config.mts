import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What needs more than `npm ci` brings has a configuration of its own.
    exclude: [
      'test/fixtures/**',
      'test/runtimes/**',
      'test/browser/**',
      'test/external/**',
      '**/*.external.test.ts',
      '**/*.collector.test.ts',
    ],
    globalSetup: 'test/support/run-directory.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

import { defineConfig } from 'vitest/config';

/** Tests against programs that npm does not bring; `.ci/run` installs them, and they fail where one is missing. */
export default defineConfig({
  test: {
    include: ['test/**/*.external.test.ts'],
    globalSetup: 'test/support/run-directory.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});

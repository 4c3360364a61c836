import { defineConfig } from 'vitest/config';

/** Tests of the explorer's page in Debian's Chromium; `.ci/run` installs it, and they fail where it is missing. */
export default defineConfig({
  test: {
    include: process.env['SCREENSHOTS'] ? ['test/browser/screenshots.ts'] : ['test/browser/**/*.test.ts'],
    globalSetup: 'test/support/run-directory.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000, interval: 100 } },
    maxWorkers: 1,
  },
});

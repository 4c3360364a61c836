import { defineConfig } from 'vitest/config';

/** Tests against the OpenTelemetry Collector, which `scripts/build-collector.mjs` builds with Go; they fail where it is missing. */
export default defineConfig({
  test: {
    include: ['test/**/*.collector.test.ts'],
    globalSetup: 'test/support/run-directory.ts',
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});

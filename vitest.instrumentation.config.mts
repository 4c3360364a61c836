import { defineConfig } from 'vitest/config';

/**
 * What an application does under the preload, once more: with spans of instrumentations, where `npm test` has lean ones. Every
 * test that starts such an application to look at its records, and that needs nothing but `npm ci`.
 */
export default defineConfig({
  test: {
    include: ['test/{api,drivers,frameworks,http,parity,process}/**/*.test.ts'],
    exclude: [
      '**/*.external.test.ts',
      // What has nothing to do with spans: how a process starts and ends, where it delivers, on which Node.js.
      'test/process/{exit,fake-timers,instances,matrix,refusal,replaced,rights,start-up,store-faults}.test.ts',
    ],
    env: { TEST_CAPTURE: 'instrumentation' },
    globalSetup: 'test/support/run-directory.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

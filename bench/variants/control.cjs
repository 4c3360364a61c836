'use strict';

/* Loaded after the variant, into every measured process: answers the questions of the benchmark. */

const { subscribe } = require('node:diagnostics_channel');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const FLUSH = Symbol.for('audit-register.bench.flush');

const DELAY_RESOLUTION_MILLIS = 1;

let delay;

const ANSWERS = {
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpuMicros: user + system, rssBytes: process.memoryUsage().rss };
  },
  watchDelay() {
    delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MILLIS });
    delay.enable();
    return true;
  },
  delay() {
    delay.disable();
    return {
      p50Millis: delay.percentile(50) / 1e6,
      p99Millis: delay.percentile(99) / 1e6,
      maxMillis: delay.max / 1e6,
    };
  },
  async flush() {
    await globalThis[FLUSH]?.();
    return true;
  },
};

subscribe('tracing:net.server.listen:asyncEnd', ({ server }) => {
  // The register's own socket in its spool has a path instead.
  const { port } = server.address();
  if (port !== undefined) process.send({ port });
});
process.on('message', async ({ question }) => process.send({ answer: await ANSWERS[question]() }));
// The benchmark is done with this process, or gone: end as an application does.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

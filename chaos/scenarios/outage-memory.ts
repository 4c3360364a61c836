import { setInterval } from 'node:timers';
import { PacedTraffic } from '../client/paced-traffic.ts';
import { AppProcess } from '../life/app-process.ts';
import { currentMemory, peakMemory, resetPeakMemory } from '../life/memory.ts';
import { createRun } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import { claim } from '../verdict/claim.ts';
import type { Claim } from '../verdict/claim.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Context, PartResult, Scenario } from './scenario.ts';

const PER_SECOND = 2_000;
const COLD_SECONDS = 2;
const OUTAGE_SECONDS = 6;
/** Long enough to fill what may wait in memory. */
const OUTAGE_SECONDS_LONG = 60;
const SAMPLE_MILLIS = 100;
/** Default of `AUDIT_REGISTER_QUEUE_MAX_BYTES`: what may wait in memory. */
const QUEUE_BYTES = 64 * 2 ** 20;
/** Its default: two minutes of requests are more to verify than what the others leave. */
const STORE_TIMEOUT = { AUDIT_REGISTER_CLICKHOUSE_TIMEOUT_MS: '30000' };

export const outageMemory: Scenario = {
  name: 'outage-memory',
  title: `Memory during an outage at ${PER_SECOND} requests a second`,
  text: `One process gets ${PER_SECOND} requests a second, first with ClickHouse, then as long without. Its resident memory is read from /proc. The bound: what it used at most with ClickHouse in as many seconds at the same load, and the 64 MiB of records that may wait in memory (\`AUDIT_REGISTER_QUEUE_MAX_BYTES\`). As many seconds, because V8 lets its heap grow for the first twenty, with ClickHouse or without.`,
  parts: (['memory', 'spool', 'write-ahead'] as const).map((mode) => ({
    part: `outage at ${PER_SECOND} requests/s`,
    mode,
    run: (context) => swell(mode, context),
  })),
};

async function swell(mode: Mode, { stage, effort }: Context): Promise<PartResult> {
  const seconds = effort.scale === 1 ? OUTAGE_SECONDS : OUTAGE_SECONDS_LONG;
  const run = await createRun(stage, { name: `outage-memory-${mode}`, mode, env: STORE_TIMEOUT });
  const app = new AppProcess({ env: run.env });
  run.lives.push({ endedAt: Infinity, how: 'runs', wasReady: true, peakBytes: 0, stderr: '' });
  const traffic = new PacedTraffic({
    port: await app.requirePort(),
    ledger: run.ledger,
    life: 1,
    perSecond: PER_SECOND,
  });
  // NOTE: a cold process takes far more memory for a moment, which would make the bound too easy to keep.
  const coldPeak = await measure(app, traffic, COLD_SECONDS);
  // NOTE: for as long as the outage: less would count against it what V8 takes with ClickHouse as well.
  const warmPeak = await measure(app, traffic, seconds);
  stage.register.proxy.become('refuses');
  const [samples, stopSampling] = sampleMemory(app.pid);
  const startedAt = performance.now();
  const outagePeak = await measure(app, traffic, seconds);
  const reached = (seconds * PER_SECOND * 1000) / (performance.now() - startedAt);
  stopSampling();
  stage.register.proxy.become('passes');
  traffic.close();
  const how = await app.end('SIGTERM');
  run.lives[0] = {
    endedAt: performance.now(),
    how,
    wasReady: true,
    peakBytes: outagePeak,
    stderr: app.stderr,
  };
  const outcome = await settle(stage, run);
  const bound = warmPeak + QUEUE_BYTES;
  return {
    outcome,
    figures: {
      requestsPerSecond: reached,
      outageSeconds: seconds,
      peakInFirstSecondsBytes: coldPeak,
      peakWithStoreBytes: warmPeak,
      peakInOutageBytes: outagePeak,
      boundBytes: bound,
      firstHalfBytes: mean(samples.slice(0, samples.length / 2)),
      secondHalfBytes: mean(samples.slice(samples.length / 2)),
    },
    claims: [
      claim(
        'memory stays under its bound',
        outagePeak > 0 && outagePeak <= bound,
        `${megabytes(outagePeak)} in ${seconds} s of outage at ${reached.toFixed(0)} requests/s, ${megabytes(warmPeak)} with ClickHouse, bound ${megabytes(bound)}`,
      ),
      ...outcome.claims,
      ...(mode === 'memory' ? [claimServed(run)] : [claimNothingLost(outcome.accounts)]),
    ],
  };
}

/** The highest resident memory while so many seconds of requests are answered. */
async function measure(app: AppProcess, traffic: PacedTraffic, seconds: number): Promise<number> {
  resetPeakMemory(app.pid);
  await traffic.send(seconds * PER_SECOND);
  return peakMemory(app.pid);
}

function sampleMemory(pid: number): [samples: number[], stop: () => void] {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(currentMemory(pid)), SAMPLE_MILLIS);
  return [samples, () => clearInterval(timer)];
}

/** Where records wait in memory alone some are dropped in the end, but requests are served. */
function claimServed({ ledger }: Run): Claim {
  return claim(
    'every request is served',
    ledger.acknowledged === ledger.sent,
    `${ledger.acknowledged} of ${ledger.sent}`,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

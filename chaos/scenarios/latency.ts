import { PacedTraffic } from '../client/paced-traffic.ts';
import { Ledger } from '../client/ledger.ts';
import { AppProcess } from '../life/app-process.ts';
import { createRun, MODES } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import { claim } from '../verdict/claim.ts';
import type { Context, Part, PartResult, Scenario } from './scenario.ts';

const PER_SECOND = 500;
const WARM_SECONDS = 1;
const SECONDS = 2;
const ROUNDS_LONG = 5;

interface Sample {
  readonly p50: number;
  readonly p99: number;
}

export const latency: Scenario = {
  name: 'latency',
  title: 'Latency that is added',
  text: `${PER_SECOND} requests a second, one in five with a row of PostgreSQL, to the same application bare and in each mode, in turn. Latency counts from when a request was due. Medians over the rounds; nothing is required of it.`,
  parts: MODES.map((mode): Part => ({
    part: `${PER_SECOND} requests/s`,
    mode,
    run: (context) => compare(mode, context),
  })),
};

async function compare(mode: Mode, { stage, effort }: Context): Promise<PartResult> {
  const rounds = effort.scale === 1 ? 1 : ROUNDS_LONG;
  const run = await createRun(stage, { name: `latency-${mode}`, mode });
  const bare: Sample[] = [];
  const audited: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await measure(run, false));
    audited.push(await measure(run, true));
  }
  const figures = {
    bareP50Millis: median(bare.map(({ p50 }) => p50)),
    bareP99Millis: median(bare.map(({ p99 }) => p99)),
    p50Millis: median(audited.map(({ p50 }) => p50)),
    p99Millis: median(audited.map(({ p99 }) => p99)),
    addedP99Millis: median(audited.map(({ p99 }, round) => p99 - (bare[round]?.p99 ?? 0))),
    p99Ratio: median(audited.map(({ p99 }, round) => p99 / (bare[round]?.p99 ?? Number.NaN))),
  };
  const found = `p99 ${figures.p99Millis.toFixed(2)} ms, bare ${figures.bareP99Millis.toFixed(2)} ms`;
  return { figures, claims: [claim('latency can be measured', figures.p99Millis > 0, found)] };
}

async function measure(run: Run, isAudited: boolean): Promise<Sample> {
  const app = new AppProcess({ env: run.env, isAudited });
  const port = await app.requirePort();
  const traffic = new PacedTraffic({ port, ledger: new Ledger(), life: 1, perSecond: PER_SECOND });
  await traffic.send(WARM_SECONDS * PER_SECOND);
  traffic.takeLatencies();
  await traffic.send(SECONDS * PER_SECOND);
  const millis = traffic.takeLatencies().sort((a, b) => a - b);
  traffic.close();
  await app.end('SIGTERM');
  return { p50: quantile(millis, 0.5), p99: quantile(millis, 0.99) };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

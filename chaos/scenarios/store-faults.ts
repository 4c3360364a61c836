import { setTimeout as sleep } from 'node:timers/promises';
import { createRun } from '../life/run.ts';
import type { Mode } from '../life/run.ts';
import { liveDuring } from '../life/many-lives.ts';
import type { Ending } from '../life/ending.ts';
import type { Fault, FaultProxy } from '../stage/fault-proxy.ts';
import { claim } from '../verdict/claim.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Context, PartResult, Scenario } from './scenario.ts';

const FAULTS: readonly Fault[] = [
  'refuses',
  'closes at once',
  'never answers',
  'answers 500',
  'answers garbage',
  'closes after the headers',
  'stops after the headers',
  'drips',
  'loses the answer',
  'loses every other answer',
  'trickles',
];
/** In a quick run all are met where most is promised, and some elsewhere. */
const SOME_FAULTS = 5;
const SLOTS = 2;
const CONNECTIONS = 2;
const MEAN_REQUESTS = 300;
const MOST_LIFE_MILLIS = 5_000;
const MOST_SECONDS = 600;
/** Most lives end before they send anything, and backoff grows: so long a fault waits to be met. */
const MEETING_MILLIS = 90_000;
const LOOK_MILLIS = 20;
const FAULT_MILLIS = 500;
const BREATH_MILLIS = 500;

export const storeFaults: Scenario = {
  name: 'store-faults',
  title: 'ClickHouse fails in every way',
  text: 'ClickHouse refuses connections, hangs, answers 500 or garbage, breaks off its answers, takes an insert and loses the connection before it says so, or takes about a row a second; in random order. In `spool` the processes end by SIGTERM meanwhile, in `write-ahead` by SIGKILL. Nothing may be lost or doubled in either.',
  parts: (['spool', 'write-ahead'] as const).map((mode) => ({
    part: 'faults of the store',
    mode,
    run: (context) => failIn(mode, context),
  })),
};

async function failIn(mode: Mode, { stage, random, effort, tell }: Context): Promise<PartResult> {
  const kinds: [Ending] = [mode === 'write-ahead' ? 'SIGKILL' : 'SIGTERM'];
  const { proxy } = stage.register;
  const run = await createRun(stage, { name: `store-faults-${mode}`, mode });
  const unmet: Fault[] = [];
  await liveDuring(
    run,
    {
      random: random.fork('lives'),
      slots: SLOTS,
      connections: CONNECTIONS,
      kinds,
      meanRequests: () => MEAN_REQUESTS,
      mostLifeMillis: MOST_LIFE_MILLIS,
      tell,
      mostSeconds: MOST_SECONDS,
    },
    async () => {
      const rounds = Math.max(1, Math.ceil(effort.scale / 2));
      const most = effort.scale === 1 && mode !== 'write-ahead' ? SOME_FAULTS : FAULTS.length;
      for (const fault of Array.from({ length: rounds }, () =>
        random.shuffled(FAULTS).slice(0, most),
      ).flat()) {
        if (!(await meet(proxy, fault))) unmet.push(fault);
        await sleep(random.between(0, FAULT_MILLIS));
        if (random.isOneIn(2)) {
          proxy.become('passes');
          await sleep(random.between(0, BREATH_MILLIS));
        }
      }
    },
  );
  const outcome = await settle(stage, run);
  const met = claim(
    'every fault was met',
    unmet.length === 0,
    unmet.length === 0 ? 'all' : `not ${unmet.join(', ')}`,
  );
  return { outcome, claims: [met, ...outcome.claims, claimNothingLost(outcome.accounts)] };
}

async function meet(proxy: FaultProxy, fault: Fault): Promise<boolean> {
  const before = proxy.hits();
  proxy.become(fault);
  // A port that nobody listens on cannot count who comes.
  if (fault === 'refuses') return true;
  const deadline = performance.now() + MEETING_MILLIS;
  while (proxy.hits() === before && performance.now() < deadline) await sleep(LOOK_MILLIS);
  return proxy.hits() > before;
}

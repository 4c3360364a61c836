import { createRun } from '../life/run.ts';
import type { Mode } from '../life/run.ts';
import { liveManyTimes } from '../life/many-lives.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import { waitingFiles } from '../verdict/spool-state.ts';
import type { Context, PartResult, Scenario } from './scenario.ts';

const SLOTS = 3;
const CONNECTIONS = 2;
const LIVES = 8;
const MEAN_REQUESTS = 150;
const MOST_LIFE_MILLIS = 5_000;
const MOST_SECONDS = 600;

/** Fifty times as many segments in the same time, and sixty times as many heartbeats. */
const SCALED = {
  AUDIT_REGISTER_FLUSH_INTERVAL_MS: '20',
  AUDIT_REGISTER_HEARTBEAT_INTERVAL_MS: '1000',
};

export const longOutage: Scenario = {
  name: 'long-outage',
  title: 'ClickHouse gone for long',
  text: 'ClickHouse is away from before the first process starts until after the last has died. Time is scaled: segments are sealed every 20 ms instead of every second, so that a minute leaves what an outage of 50 minutes would. Then it is back, and what dozens of dead processes left is delivered by one command.',
  parts: (['spool', 'write-ahead'] as const).map((mode) => ({
    part: 'an outage longer than any process',
    mode,
    run: (context) => outlast(mode, context),
  })),
};

async function outlast(mode: Mode, { stage, random, effort, tell }: Context): Promise<PartResult> {
  const run = await createRun(stage, { name: `long-outage-${mode}`, mode, env: SCALED });
  stage.register.proxy.become('refuses');
  await liveManyTimes(run, {
    random,
    slots: SLOTS,
    connections: CONNECTIONS,
    kinds: [mode === 'write-ahead' ? 'SIGKILL' : 'SIGTERM'],
    isWanted: (begun) => begun < LIVES * effort.scale,
    meanRequests: () => MEAN_REQUESTS,
    mostLifeMillis: MOST_LIFE_MILLIS,
    tell,
    mostSeconds: MOST_SECONDS,
  });
  const segments = await waitingFiles(run.spoolDirectory);
  const outcome = await settle(stage, run);
  return {
    outcome,
    figures: { segmentsWaiting: segments.length },
    claims: [...outcome.claims, claimNothingLost(outcome.accounts)],
  };
}

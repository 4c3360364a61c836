import { setTimeout as sleep } from 'node:timers/promises';
import { createRun } from '../life/run.ts';
import type { Mode } from '../life/run.ts';
import { liveDuring } from '../life/many-lives.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Context, PartResult, Scenario } from './scenario.ts';

const SLOTS = 2;
const CONNECTIONS = 2;
const MEAN_REQUESTS = 400;
const MOST_LIFE_MILLIS = 8_000;
const MOST_SECONDS = 600;
const RESTARTS = 2;
const UP_MILLIS = 1_500;
const DOWN_MILLIS = 500;

export const storeRestarts: Scenario = {
  name: 'store-restarts',
  title: 'ClickHouse killed and restarted on its data',
  text: 'The engine is ended by SIGKILL in the middle of inserts and started again on the directory that it left, while processes record, and are killed themselves in `write-ahead`. What it had acknowledged must be there, what it had not must come again, once.',
  parts: (['spool', 'write-ahead'] as const).map((mode) => ({
    part: 'SIGKILL of ClickHouse',
    mode,
    run: (context) => restartIn(mode, context),
  })),
};

async function restartIn(mode: Mode, { stage, random, effort, tell }: Context): Promise<PartResult> {
  const { register } = stage;
  const run = await createRun(stage, { name: `store-restarts-${mode}`, mode });
  await liveDuring(
    run,
    {
      random: random.fork('lives'),
      slots: SLOTS,
      connections: CONNECTIONS,
      kinds: [mode === 'write-ahead' ? 'SIGKILL' : 'SIGTERM'],
      meanRequests: () => MEAN_REQUESTS,
      mostLifeMillis: MOST_LIFE_MILLIS,
      tell,
      mostSeconds: MOST_SECONDS,
    },
    async () => {
      for (let restart = 0; restart < RESTARTS * effort.scale; restart++) {
        await sleep(random.between(0, UP_MILLIS));
        await register.kill();
        await sleep(random.between(0, DOWN_MILLIS));
        await register.restart();
      }
    },
  );
  const outcome = await settle(stage, run);
  return { outcome, claims: [...outcome.claims, claimNothingLost(outcome.accounts)] };
}

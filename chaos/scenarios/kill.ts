import { createRun } from '../life/run.ts';
import type { Mode } from '../life/run.ts';
import { liveManyTimes, STARTS_ONE_IN } from '../life/many-lives.ts';
import { claim } from '../verdict/claim.ts';
import type { Claim } from '../verdict/claim.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Outcome } from '../verdict/settle.ts';
import type { Context, PartResult, Scenario } from './scenario.ts';

/** Processes at the same time. */
const SLOTS = 4;
const CONNECTIONS = 4;

/** Of the kills and of the requests: most go where the promise is greatest. */
const SHARES: Readonly<Record<Mode, { readonly kills: number; readonly requests: number }>> = {
  memory: { kills: 0.05, requests: 0.02 },
  spool: { kills: 0.25, requests: 0.1 },
  'write-ahead': { kills: 0.7, requests: 1 },
};

export const kill: Scenario = {
  name: 'kill',
  title: 'SIGKILL at random moments',
  text: `${SLOTS} processes at a time share one spool; each is killed after a random number of requests and a few random milliseconds, one in ${STARTS_ONE_IN} while it starts, and the next one starts at once. While one dies, others start and adopt what the dead left.`,
  parts: (['memory', 'spool', 'write-ahead'] as const).map((mode) => ({
    part: 'SIGKILL',
    mode,
    run: (context) => killIn(mode, context),
  })),
};

async function killIn(mode: Mode, { stage, random, effort, tell }: Context): Promise<PartResult> {
  const kills = Math.ceil(effort.kills * SHARES[mode].kills);
  const requests = Math.ceil(effort.requests * SHARES[mode].requests);
  const run = await createRun(stage, { name: `kill-${mode}`, mode });
  const { ledger } = run;
  await liveManyTimes(run, {
    random,
    slots: SLOTS,
    connections: CONNECTIONS,
    kinds: ['SIGKILL'],
    isWanted: (begun) => begun < kills || ledger.acknowledged < requests,
    // So that all requests are there by about the last kill.
    meanRequests: (begun) => {
      const served = Math.max(1, kills - begun) * (1 - 1 / STARTS_ONE_IN);
      return Math.max(requests - ledger.acknowledged, 0) / served;
    },
    tell,
    mostSeconds: effort.killMinutes * 60,
  });
  const outcome = await settle(stage, run);
  const made = claim(
    'as many kills and requests as asked',
    run.lives.length >= kills && ledger.acknowledged >= requests,
    `${run.lives.length} kills, ${ledger.acknowledged} acknowledged`,
  );
  return { outcome, claims: [made, ...outcome.claims, claimPromise(mode, outcome)] };
}

/**
 * A kill costs what was answered since the last write was begun, which is a matter of how much the machine has to do: on an
 * idle one milliseconds. More than this, and it was not one write that held it.
 */
const MOST_LOST_MILLIS = 5_000;
const MOST_LOST_IN_THE_MEAN = 100;

function claimPromise(mode: Mode, { accounts, losses }: Outcome): Claim {
  if (mode === 'write-ahead') return claimNothingLost(accounts);
  const { mostPerLife, meanPerLife, oldestMillis } = losses;
  const found = `${accounts.lost.length} of ${accounts.acknowledged}, at most ${mostPerLife} in one kill, ${meanPerLife.toFixed(2)} in the mean, the oldest ${oldestMillis.toFixed(1)} ms before it`;
  return mode === 'memory'
    ? claim('the harness sees losses where there must be some', accounts.lost.length > 0, found)
    : claim(
        `a kill costs fewer than ${MOST_LOST_IN_THE_MEAN} requests in the mean, none older than ${MOST_LOST_MILLIS / 1000} s`,
        oldestMillis < MOST_LOST_MILLIS && meanPerLife < MOST_LOST_IN_THE_MEAN,
        found,
      );
}

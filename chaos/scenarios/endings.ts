import { createRun } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import { liveManyTimes } from '../life/many-lives.ts';
import type { Ending } from '../life/ending.ts';
import { claim } from '../verdict/claim.ts';
import type { Claim } from '../verdict/claim.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Context, PartResult, Scenario } from './scenario.ts';

const SLOTS = 3;
const CONNECTIONS = 4;
const ENDINGS = 10;
const MEAN_REQUESTS = 150;
const MOST_SECONDS = 600;
/** Of what a process said that hung. */
const SHOWN = 1_000;
const KINDS: readonly [Ending, ...Ending[]] = [
  'SIGTERM',
  'SIGTERM, listened to',
  'process.exit',
  'uncaught exception',
];

export const endings: Scenario = {
  name: 'endings',
  title: 'SIGTERM, process.exit and uncaught exceptions',
  text: 'Processes are ended under load in all the ways that leave them a last word: SIGTERM with and without a listener of the application, `process.exit()` in the middle of other requests, and an exception that nobody catches. Nothing may be lost in `spool` either.',
  parts: (['spool', 'write-ahead'] as const).map((mode) => ({
    part: KINDS.join(', '),
    mode,
    run: (context) => endIn(mode, context),
  })),
};

async function endIn(mode: Mode, { stage, random, effort, tell }: Context): Promise<PartResult> {
  const count = ENDINGS * effort.scale;
  const run = await createRun(stage, { name: `endings-${mode}`, mode });
  await liveManyTimes(run, {
    random,
    slots: SLOTS,
    connections: CONNECTIONS,
    kinds: KINDS,
    isWanted: (begun) => begun < count,
    meanRequests: () => MEAN_REQUESTS,
    tell,
    mostSeconds: MOST_SECONDS,
  });
  const outcome = await settle(stage, run);
  return { outcome, claims: [...outcome.claims, claimNothingLost(outcome.accounts), claimNotHung(run)] };
}

/** What `app.cjs` says when nothing but the shutdown of Node.js is left. */
const LEFT_TO_NODE = 'LEFT TO NODE';

/**
 * The harness kills what does not end by itself. Not counted, but told: the deadlock that Node.js has at its shutdown
 * (nodejs/node#54918), which it also has without the preload, after all that can be done in JavaScript is done.
 */
function claimNotHung({ lives }: Run): Claim {
  const killed = lives.filter(({ how }) => how === 'SIGKILL');
  const hung = killed.filter(({ stderr }) => !stderr.includes(LEFT_TO_NODE));
  const found = [
    `${hung.length} of ${lives.length} hung, ${killed.length - hung.length} in the shutdown of Node.js`,
    ...killed.map(({ stderr }) => stderr.slice(-SHOWN)),
  ];
  return claim('every process ends by itself', hung.length === 0, found.join('; '));
}

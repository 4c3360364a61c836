import { setTimeout as sleep } from 'node:timers/promises';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { createRun } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import { underLoad, until } from '../life/under-load.ts';
import { makeSmallDisk } from '../stage/small-disk.ts';
import type { SmallDisk } from '../stage/small-disk.ts';
import { claim } from '../verdict/claim.ts';
import type { Claim } from '../verdict/claim.ts';
import { claimLossesAreTold } from '../verdict/dropped.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Context, Part, PartResult, Scenario } from './scenario.ts';

const DISK_MEGABYTES = 1;
const CONNECTIONS = 8;
const LOOK_MILLIS = 20;
const FULL_MILLIS = 60_000;
/** On a disk that is full: until somebody is refused, or so many more are served that memory would be full as well. */
const STAY_REQUESTS = 4_000;
const STAY_MILLIS = 15_000;
/** Requests that must be acknowledged before the disk fills and after it has room again. */
const ENOUGH_REQUESTS = 100;
/** The sink is asked again after 30 seconds at the latest, and the disk 5 later. */
const HEAL_MILLIS = 60_000;

type OnFull = 'fail-open' | 'fail-closed';

export const diskFull: Scenario = {
  name: 'disk-full',
  title: 'The disk is full',
  text: `ClickHouse is away until a disk of ${DISK_MEGABYTES} MB is full of the spool, stays away for a while, and comes back. \`write-ahead\` and \`fail-closed\` refuse requests meanwhile (503, not acknowledged) and go on by themselves; \`fail-open\` serves them, and says how many records that cost.`,
  parts: [fill('write-ahead', 'fail-closed'), fill('spool', 'fail-closed'), fill('spool', 'fail-open')],
};

function fill(mode: Mode, onFull: OnFull): Part {
  return { part: `full disk, ${onFull}`, mode, run: (context) => fillIn(mode, onFull, context) };
}

async function fillIn(mode: Mode, onFull: OnFull, { stage }: Context): Promise<PartResult> {
  const name = `disk-full-${mode}-${onFull}`;
  const disk = await makeSmallDisk(join(stage.directory, name), DISK_MEGABYTES);
  try {
    const run = await createRun(stage, {
      name,
      mode,
      spoolDirectory: disk.path,
      env: {
        AUDIT_REGISTER_ON_FULL: onFull,
        // What may wait in memory is full soon after the disk.
        AUDIT_REGISTER_QUEUE_MAX_BYTES: String(2 ** 20),
      },
    });
    const { proxy } = stage.register;
    let refusedMeanwhile = 0;
    await underLoad(run, { connections: CONNECTIONS, wrapper: disk.wrapper }, async () => {
      await served(run);
      proxy.become('refuses');
      await until('a full disk', () => isFull(disk, run), FULL_MILLIS);
      await stay(run);
      refusedMeanwhile = run.ledger.refused;
      proxy.become('passes');
      await served(run);
    });
    const outcome = await settle(stage, run);
    const { accounts } = outcome;
    return {
      outcome,
      claims: [
        claimTurnedAway(onFull, refusedMeanwhile, disk),
        ...outcome.claims,
        mode === 'write-ahead' ? claimNothingLost(accounts) : await claimLossesAreTold(stage, run, accounts),
      ],
    };
  } finally {
    await disk.remove();
  }
}

async function stay({ ledger }: Run): Promise<void> {
  const goal = ledger.sent + STAY_REQUESTS;
  const deadline = performance.now() + STAY_MILLIS;
  while (ledger.sent < goal && ledger.refused < ENOUGH_REQUESTS && performance.now() < deadline)
    await sleep(LOOK_MILLIS);
}

async function served(run: Run): Promise<void> {
  const goal = run.ledger.acknowledged + ENOUGH_REQUESTS;
  await until('acknowledged requests', () => run.ledger.acknowledged >= goal, HEAL_MILLIS);
}

/** Less than this is no room for a record. */
const LEAST_ROOM_BYTES = 8 * 1024;
/** Where files are limited, so many requests have filled them. */
const LIMITED_REQUESTS = 2_000;

function isFull({ path, wrapper }: SmallDisk, { ledger }: Run): boolean {
  if (wrapper.length > 0) return ledger.sent > LIMITED_REQUESTS;
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize < LEAST_ROOM_BYTES;
}

function claimTurnedAway(onFull: OnFull, refused: number, { how }: SmallDisk): Claim {
  const found = `${refused} requests answered otherwise than by the application (${how})`;
  return onFull === 'fail-closed'
    ? claim('requests are refused while nothing can be kept', refused > 0, found)
    : claim('requests are served while nothing can be kept', refused === 0, found);
}

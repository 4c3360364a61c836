import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRun } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import { underLoad, until } from '../life/under-load.ts';
import type { Stage } from '../stage/stage.ts';
import { claim } from '../verdict/claim.ts';
import type { Claim } from '../verdict/claim.ts';
import { claimLossesAreTold } from '../verdict/dropped.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Outcome } from '../verdict/settle.ts';
import { describeFindings } from '../verdict/verification.ts';
import type { Context, Part, PartResult, Scenario } from './scenario.ts';

const CONNECTIONS = 4;
const BEFORE_REQUESTS = 300;
const AFTER_REQUESTS = 300;
const MOST_MILLIS = 30_000;
const STAY_MILLIS = 1_500;
const LOOK_MILLIS = 100;
/** A chain without an end is missed after three heartbeats. */
const SHORT_SILENCE = { AUDIT_REGISTER_HEARTBEAT_INTERVAL_MS: '1000' };
const SILENCE_MILLIS = 4_000;

/** Root may do everything; without these rights it is a user like any other. */
const PLAIN_USER = [
  'setpriv',
  '--bounding-set=-dac_override,-dac_read_search',
  '--inh-caps=-dac_override,-dac_read_search',
];

export const spoolRemoved: Scenario = {
  name: 'spool-removed',
  title: 'The directory of the spool is removed or locked',
  text: 'The whole directory is removed under a running process, and permission to write is taken away and given back: what is still in memory finds its way. Last, a process is killed while ClickHouse is away, and its spool is removed with the only copy of what was acknowledged: that is lost on purpose, and verification must say so.',
  parts: [
    removed('spool'),
    removed('write-ahead'),
    locked('spool'),
    locked('write-ahead'),
    destroyed('write-ahead'),
  ],
};

function removed(mode: Mode): Part {
  return {
    part: 'directory removed',
    mode,
    run: (context) =>
      disturb(mode, 'removed', context, async (run) => {
        // NOTE: it writes into it meanwhile.
        await rm(run.spoolDirectory, { recursive: true, force: true, maxRetries: 20 });
      }),
  };
}

function locked(mode: Mode): Part {
  return {
    part: 'permission lost',
    mode,
    run: (context) =>
      disturb(mode, 'locked', context, async (run) => {
        spawnSync('chmod', ['-R', 'a-rwx', run.spoolDirectory]);
        await sleep(STAY_MILLIS);
        spawnSync('chmod', ['-R', 'u+rwX', run.spoolDirectory]);
      }),
  };
}

async function disturb(
  mode: Mode,
  what: string,
  { stage }: Context,
  action: (run: Run) => Promise<void>,
): Promise<PartResult> {
  const run = await createRun(stage, { name: `spool-${what}-${mode}`, mode });
  const wrapper = process.getuid?.() === 0 ? PLAIN_USER : [];
  await underLoad(run, { connections: CONNECTIONS, wrapper }, async () => {
    await acknowledged(run, BEFORE_REQUESTS);
    await action(run);
    await acknowledged(run, AFTER_REQUESTS);
  });
  const outcome = await settle(stage, run);
  const { accounts } = outcome;
  const kept =
    mode === 'write-ahead' ? claimNothingLost(accounts) : await claimLossesAreTold(stage, run, accounts);
  return { outcome, claims: [...outcome.claims, kept] };
}

/** Acknowledged records that were destroyed before they were delivered cannot come back; that they are gone must show. */
function destroyed(mode: Mode): Part {
  return {
    part: 'killed while ClickHouse is away, and the directory removed',
    mode,
    async run({ stage }) {
      const run = await createRun(stage, { name: `spool-destroyed-${mode}`, mode, env: SHORT_SILENCE });
      await underLoad(run, { connections: CONNECTIONS, ending: 'SIGKILL' }, async () => {
        await acknowledged(run, BEFORE_REQUESTS);
        await certified(stage, run);
        stage.register.proxy.become('refuses');
        await acknowledged(run, AFTER_REQUESTS);
      });
      // NOTE: only now, because a living process has them in memory as well.
      await rm(run.spoolDirectory, { recursive: true, force: true });
      await sleep(SILENCE_MILLIS);
      const outcome = await settle(stage, run);
      const others = outcome.claims.filter(({ claim }) => !NOT_PROMISED.test(claim));
      return { outcome, destroys: true, claims: [...others, claimShown(outcome)] };
    },
  };
}

/** Of a chain whose end is destroyed. */
const NOT_PROMISED = /verify|closed/;

/** A chain that the register has never heard of is missed by nobody. */
async function certified(stage: Stage, { database }: Run): Promise<void> {
  const deadline = performance.now() + MOST_MILLIS;
  while (performance.now() < deadline) {
    const [row] = await stage.register.rows<{ count: number }>(
      `SELECT toUInt32(count()) AS count FROM ${database}.segments`,
    );
    if ((row?.count ?? 0) > 0) return;
    await sleep(LOOK_MILLIS);
  }
  throw new Error(`no certificate came within ${MOST_MILLIS} ms`);
}

function claimShown({ accounts, verification }: Outcome): Claim {
  const lost = accounts.lost.length;
  return claim(
    'what is gone is found by `audit-register verify`',
    verification.failure === '' && lost > 0 && verification.findings.length > 0,
    `${lost} acknowledged requests gone; ${describeFindings(verification)}`,
  );
}

async function acknowledged({ ledger }: Run, more: number): Promise<void> {
  const goal = ledger.acknowledged + more;
  await until(`${more} more acknowledged requests`, () => ledger.acknowledged >= goal, MOST_MILLIS);
}

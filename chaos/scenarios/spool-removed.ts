import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRun } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import { underLoad, until } from '../life/under-load.ts';
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

/** Root may do everything; without these rights it is a user like any other. */
const PLAIN_USER = [
  'setpriv',
  '--bounding-set=-dac_override,-dac_read_search',
  '--inh-caps=-dac_override,-dac_read_search',
];

export const spoolRemoved: Scenario = {
  name: 'spool-removed',
  title: 'The directory of the spool is removed or locked',
  text: 'The whole directory is removed under a running process, with ClickHouse there, and without it: then the only copy of what was acknowledged is gone with it, and verification must say what is missing. Permission to write is taken away and given back.',
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
        await rm(run.spoolDirectory, { recursive: true, force: true });
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
    part: 'directory removed while ClickHouse is away',
    mode,
    async run({ stage }) {
      const run = await createRun(stage, { name: `spool-destroyed-${mode}`, mode });
      await underLoad(run, { connections: CONNECTIONS }, async () => {
        await acknowledged(run, BEFORE_REQUESTS);
        stage.register.proxy.become('refuses');
        await acknowledged(run, BEFORE_REQUESTS);
        await rm(run.spoolDirectory, { recursive: true, force: true });
        await acknowledged(run, AFTER_REQUESTS);
        stage.register.proxy.become('passes');
      });
      const outcome = await settle(stage, run);
      const others = outcome.claims.filter(({ claim }) => !claim.includes('verify'));
      return { outcome, claims: [...others, claimShown(outcome)] };
    },
  };
}

function claimShown({ accounts, verification }: Outcome): Claim {
  const lost = accounts.lost.length;
  return claim(
    'what is gone is found by `audit-register verify`',
    verification.failure === '' && (lost === 0 || verification.findings.length > 0),
    `${lost} acknowledged requests gone; ${describeFindings(verification)}`,
  );
}

async function acknowledged({ ledger }: Run, more: number): Promise<void> {
  const goal = ledger.acknowledged + more;
  await until(`${more} more acknowledged requests`, () => ledger.acknowledged >= goal, MOST_MILLIS);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createRun } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import { underLoad, until } from '../life/under-load.ts';
import type { Register } from '../stage/register.ts';
import type { Stage } from '../stage/stage.ts';
import { claim } from '../verdict/claim.ts';
import { claimNothingLost, settle } from '../verdict/settle.ts';
import type { Context, Part, PartResult, Scenario } from './scenario.ts';

const CONNECTIONS = 2;
const REQUESTS = 200;
const MOST_MILLIS = 30_000;
const STAY_MILLIS = 1_500;
const LOOK_MILLIS = 5;

/** What is done to `audit.records`, and undone. */
const ALTERATIONS = {
  'a column is added': ["ADD COLUMN extra String DEFAULT ''", 'DROP COLUMN IF EXISTS extra'],
  'a column is renamed': [
    'RENAME COLUMN correlation_id TO somewhere',
    'RENAME COLUMN IF EXISTS somewhere TO correlation_id',
  ],
  'a type is changed': ['MODIFY COLUMN http_status String', 'MODIFY COLUMN http_status UInt16'],
} as const;
type Alteration = keyof typeof ALTERATIONS;

export const tableAltered: Scenario = {
  name: 'table-altered',
  title: 'The table is altered under us',
  text: 'A column is added, renamed, or changes its type while processes record, and a while later it is as before. What ClickHouse refused meanwhile waits, or is a dead letter that is sent again by `audit-register spool redrive`.',
  parts: (Object.keys(ALTERATIONS) as Alteration[]).map((alteration): Part => ({
    part: alteration,
    mode: 'spool',
    run: (context) => alter('spool', alteration, context),
  })),
};

async function alter(mode: Mode, alteration: Alteration, { stage }: Context): Promise<PartResult> {
  const run = await createRun(stage, { name: `table-altered-${alteration.split(' ').at(-1)}`, mode });
  const [change, undo] = ALTERATIONS[alteration];
  const table = `${run.database}.records`;
  await underLoad(run, { connections: CONNECTIONS }, async () => {
    await acknowledged(run);
    await betweenInserts(stage, run, `ALTER TABLE ${table} ${change}`);
    await acknowledged(run);
    await sleep(STAY_MILLIS);
    await betweenInserts(stage, run, `ALTER TABLE ${table} ${undo}`);
    await acknowledged(run);
  });
  const redriven = await run.command('spool', 'redrive', '--all');
  const outcome = await settle(stage, run);
  return {
    outcome,
    claims: [
      claim(
        '`audit-register spool redrive` sends dead letters again',
        redriven.code === 0,
        redriven.stderr.trim(),
      ),
      ...outcome.claims,
      claimNothingLost(outcome.accounts),
    ],
  };
}

/**
 * NOTE: an insert that is under way while a column changes may lose its values of that column, or leave a part that cannot be
 * changed any more: ClickHouse does so by itself, and `verify` tells it. What is claimed here is about records that come before
 * and after, as docs/delivery.md advises who alters the table.
 */
async function betweenInserts({ register }: Stage, { database }: Run, command: string): Promise<void> {
  register.proxy.become('refuses');
  while ((await insertsUnderWay(register, database)) > 0) await sleep(LOOK_MILLIS);
  await register.command(command);
  register.proxy.become('passes');
}

async function insertsUnderWay(register: Register, database: string): Promise<number> {
  const under = await register.rows(
    `SELECT query_id FROM system.processes WHERE query_kind = 'Insert' AND position(query, '${database}') > 0`,
  );
  return under.length;
}

async function acknowledged({ ledger }: Run): Promise<void> {
  const goal = ledger.acknowledged + REQUESTS;
  await until('acknowledged requests', () => ledger.acknowledged >= goal, MOST_MILLIS);
}

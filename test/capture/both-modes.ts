import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { RecordRow } from '../support/preloaded.ts';
import { portOf } from './steps.ts';
import type { Step } from './steps.ts';

export const MODES = ['lean', 'instrumentation'] as const;

const TABLES = `
  create table notes (text text);
  create table users (id serial primary key, email text unique, password text, age int);
  create table orders (order_id serial primary key, status text);
  create table kinds (document jsonb, bytes bytea, day date, nothing text, flags boolean[], large bigint);
  create table counters (id int primary key, age int);
  insert into counters values (1, 0);
  create table children (parent int references users (id) deferrable initially deferred);
  grant select on users to limited;
  create procedure commits() language plpgsql as $$ begin insert into notes values ('inside'); commit; end $$;
`;

export interface Run {
  /** What was answered, and recorded, step by step. */
  readonly seen: ReadonlyMap<string, unknown>;
  readonly records: readonly RecordRow[];
  readonly stderr: string;
}

/** Takes the same steps with an application under each source of spans, before the tests. */
export function runInBothModes(
  fixture: string,
  steps: Readonly<Record<string, Step>>,
): (mode: string) => Run {
  const runs = new Map<string, Run>();
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    postgres = await startPostgres();
    await execute(postgres.url, "create role limited login password 'limited'");
    for (const mode of MODES) runs.set(mode, await run(postgres.url, mode, fixture, steps));
  });
  afterAll(() => postgres?.stop());
  return (mode) => runs.get(mode) as Run;
}

async function run(
  url: string,
  mode: (typeof MODES)[number],
  fixture: string,
  steps: Readonly<Record<string, Step>>,
): Promise<Run> {
  // NOTE: of one name, which is in the records.
  await execute(url, 'drop database if exists audited with (force)');
  await execute(url, 'create database audited');
  const database = new URL(url);
  database.pathname = 'audited';
  await execute(database.href, TABLES);
  const app = await startPreloaded(fixture, {
    env: {
      DATABASE_URL: database.href,
      AUDIT_REGISTER_CAPTURE: mode,
      AUDIT_REGISTER_CAPTURE_READS: 'true',
      AUDIT_REGISTER_CAPTURE_CALLS: 'true',
    },
  });
  const seen = new Map<string, unknown>();
  for (const [name, step] of Object.entries(steps)) seen.set(name, await step(app, name));
  const { records, stderr } = await app.end();
  const port = new RegExp(`\\b${portOf(app)}\\b`, 'g');
  return {
    seen,
    stderr,
    records: records.map((record) => JSON.parse(JSON.stringify(record).replace(port, '<port>')) as RecordRow),
  };
}

async function execute(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { PreloadedApp, RecordRow } from '../support/preloaded.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/cases-app.cjs`;

const TABLES = `
  create table users (id serial primary key, email text unique, password text, age int);
  create table orders (order_id serial primary key, status text);
  create table kinds (document jsonb, bytes bytea, day date, nothing text, flags boolean[], large bigint);
  create table notes (text text);
  create table counters (id int primary key, age int);
  insert into counters values (1, 0);
  create table children (parent int references users (id) deferrable initially deferred);
  grant select on users to limited;
  create procedure commits() language plpgsql as $$ begin insert into notes values ('inside'); commit; end $$;
`;

/** What a case left behind. */
export interface CaseRun {
  /** What the application saw, under the preload. */
  readonly seen: unknown;
  /** What it saw without. */
  readonly seenBare: unknown;
  /** Records of its statements and transactions, in their order. */
  readonly records: readonly RecordRow[];
  /** What was written to standard error in all cases together. */
  readonly stderr: string;
}

/** Runs cases of the fixture one after the other, once under the preload and once without, before the tests. */
export function runCases(names: readonly string[]): (name: string) => CaseRun {
  const runs = new Map<string, CaseRun>();
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    postgres = await startPostgres();
    await execute(postgres.url, "create role limited login password 'limited'");
    const [audited, bare] = await Promise.all([start(postgres.url, true), start(postgres.url, false)]);
    const seen = new Map<string, readonly [unknown, unknown]>();
    for (const name of names) seen.set(name, await Promise.all([ask(audited, name), ask(bare, name)]));
    const [{ records, stderr }] = await Promise.all([audited.end(), bare.end()]);
    for (const [name, [answer, bareAnswer]] of seen) {
      const own = records.filter(({ url_path, category }) => url_path === `/${name}` && category !== 'http');
      runs.set(name, { seen: answer, seenBare: bareAnswer, records: own, stderr });
    }
  });
  afterAll(() => postgres?.stop());
  return (name) => {
    const run = runs.get(name);
    if (run === undefined) throw new Error(`case ${name} has not run`);
    return run;
  };
}

async function start(url: string, preload: boolean): Promise<PreloadedApp> {
  const database = new URL(url);
  database.pathname = preload ? 'audited' : 'bare';
  await execute(url, `create database ${database.pathname.slice(1)}`);
  await execute(database.href, TABLES);
  return startPreloaded(FIXTURE, {
    preload,
    env: { DATABASE_URL: database.href, AUDIT_REGISTER_CAPTURE_READS: 'true' },
  });
}

async function ask(app: PreloadedApp, name: string): Promise<unknown> {
  const response = await fetch(`${app.url}/${name}`, { signal: AbortSignal.timeout(20_000) });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`case ${name} failed: ${body}`);
  return JSON.parse(body);
}

async function execute(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

import { SignJWT } from 'jose';
import { Client } from 'pg';
import type { QueryResult } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { recordsInClickHouse, startPreloaded } from '../support/preloaded.ts';
import type { RecordRow, RecordStore } from '../support/preloaded.ts';
import { generatePrismaClient } from './prisma-client.ts';
import type { PrismaClientFiles } from './prisma-client.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/attribution-app.cjs`;
const API = `${import.meta.dirname}/../../dist/index.js`;
const SECRET = 'a-secret-of-the-attribution-tests-only';
const REQUESTS = 200;
const BACKGROUND_WRITES = 200;

let postgres: Postgres;
let prisma: PrismaClientFiles;

beforeAll(async () => {
  [postgres, prisma] = await Promise.all([startPostgres(), generatePrismaClient()]);
});

afterAll(async () => {
  await Promise.all([postgres?.stop(), prisma?.remove()]);
});

interface Visit {
  readonly steps: readonly string[];
  readonly records: readonly RecordRow[];
  /** What the database itself says was written. */
  readonly written: readonly string[];
}

/** Every request by a user of its own, all at the same time. */
async function visit(driver: string, store?: RecordStore): Promise<Visit> {
  const suffix = store === undefined ? '' : '_stored';
  const database = await emptyDatabase(`attribution_${driver.replace('-', '_')}${suffix}`);
  const app = await startPreloaded(FIXTURE, {
    args: [driver, String(BACKGROUND_WRITES)],
    ...(store === undefined ? {} : { store }),
    env: {
      DATABASE_URL: database,
      PRISMA_CLIENT: prisma.entry,
      AUDIT_REGISTER_JWT_SECRET: SECRET,
    },
  });
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, index) => {
      const response = await fetch(`${app.url}/request-${index}`, {
        headers: { authorization: `Bearer ${await tokenOf(`user-${index}`)}` },
      });
      expect(response.status, await response.clone().text()).toBe(200);
      return (await response.json()) as string[];
    }),
  );
  const { exitCode, records, stderr } = await app.end();
  expect(exitCode, stderr).toBe(0);
  return { steps: answers[0] ?? [], records, written: await writtenRows(database) };
}

async function emptyDatabase(name: string): Promise<string> {
  await query(postgres.url, `create database ${name}`);
  const url = new URL(postgres.url);
  url.pathname = name;
  await query(url.href, 'create table writes (id serial primary key, request text, step text)');
  return url.href;
}

async function query(url: string, text: string): Promise<QueryResult> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client.query(text).finally(() => client.end());
}

async function writtenRows(url: string): Promise<string[]> {
  const { rows } = await query(url, 'select request, step from writes');
  return rows.map(({ request, step }) => `${request} ${step}`).sort();
}

function tokenOf(sub: string): Promise<string> {
  return new SignJWT({ sub }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
}

/** What a record says was written, by whom, in which trace. */
function describeWrite(record: RecordRow, traceOf: ReadonlyMap<string, string>): string {
  const { request = '', step = '' } = record.new_values;
  const isBackground = request.startsWith('background-');
  const owner = isBackground ? undefined : request.replace('request', 'user');
  const isOwn =
    owner === undefined
      ? record.actor_type === 'system' && record.url_path === ''
      : record.actor_type === 'user' && record.actor_id === owner && record.url_path === `/${request}`;
  const isTraced =
    owner === undefined
      ? ![...traceOf.values()].includes(record.trace_id)
      : record.trace_id !== '' && record.trace_id === traceOf.get(request);
  return `${request} ${step}${isOwn ? '' : ` by ${record.actor_type} ${record.actor_id}`}${isTraced ? '' : ' in a foreign trace'}`;
}

/** Every write of the visit is there once, by its own actor, in its own trace. */
function expectRightAttribution({ steps, records, written }: Visit): void {
  const requests = records.filter(({ category }) => category === 'http');
  const writes = records.filter(({ category, action }) => category === 'db' && action === 'create');
  const traceOf = new Map(requests.map(({ url_path, trace_id }) => [url_path.slice(1), trace_id]));

  expect(written).toHaveLength(REQUESTS * steps.length + BACKGROUND_WRITES);
  expect(requests).toHaveLength(REQUESTS);
  expect(new Set(traceOf.values()).size).toBe(REQUESTS);
  expect(writes.map((record) => describeWrite(record, traceOf)).sort()).toEqual(written);
  expect(new Set(writes.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
  for (const { new_values, transaction_outcome } of writes) {
    expect(transaction_outcome).toBe(new_values['step'] === 'transaction' ? 'committed' : 'autocommit');
  }
}

test.each(['pg', 'pg-events', 'pg-pool', 'knex', 'drizzle', 'typeorm', 'sequelize', 'prisma'])(
  "%s: every write of 200 concurrent requests on a pool of 3 is its own user's, and the rest is nobody's",
  async (driver) => {
    expectRightAttribution(await visit(driver));
  },
);

test('what a connection calls by itself is nobody’s, though a request opened it', async () => {
  const database = await emptyDatabase('attribution_listener');
  const app = await startPreloaded(`${import.meta.dirname}/fixtures/listener-app.cjs`, {
    env: { DATABASE_URL: database, AUDIT_REGISTER_JWT_SECRET: SECRET },
  });
  const headers = { authorization: `Bearer ${await tokenOf('opener')}` };
  expect((await fetch(`${app.url}/opens`, { headers })).status).toBe(200);
  const { exitCode, records, stderr } = await app.end();
  expect(exitCode, stderr).toBe(0);
  const writes = records.filter(({ category, action }) => category === 'db' && action === 'create');
  expect(writes.map(({ actor_type, new_values }) => [new_values['step'], actor_type])).toEqual([
    ['request', 'user'],
    ['notification', 'system'],
  ]);
});

test.each(['code', 'session'])(
  'a statement is of whoever acted when it was sent, though %s names somebody else while it runs',
  async (path) => {
    const app = await startPreloaded(`${import.meta.dirname}/fixtures/changing-actor-app.cjs`, {
      env: { DATABASE_URL: await emptyDatabase(`attribution_changing_${path}`), TEST_API: API },
    });
    expect((await fetch(`${app.url}/${path}`)).status).toBe(200);
    const { exitCode, records, stderr } = await app.end();
    expect(exitCode, stderr).toBe(0);
    const writes = records.filter(({ category, action }) => category === 'db' && action === 'create');
    expect(writes.map(({ actor_id, new_values }) => [new_values['step'], actor_id])).toEqual([
      // Nobody was known when it was sent, so it waited for a name.
      ...(path === 'code' ? [['anonymous', 'admin']] : []),
      ['admin', 'admin'],
      ['victim', 'victim'],
    ]);
    expect(records.find(({ category }) => category === 'http')).toMatchObject({ actor_id: 'victim' });
  },
);

describe('with ClickHouse', () => {
  const store = useClickHouse();

  test('the same rows are in the table', async () => {
    expectRightAttribution(await visit('pg', recordsInClickHouse(store(), 'attribution-test')));
  });
});

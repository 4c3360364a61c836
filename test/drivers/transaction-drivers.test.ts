import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import { generatePrismaClient } from './prisma-client.ts';
import type { PrismaClientFiles } from './prisma-client.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/transaction-drivers-app.cjs`;

let postgres: Postgres;
let prisma: PrismaClientFiles;

beforeAll(async () => {
  [postgres, prisma] = await Promise.all([startPostgres(), generatePrismaClient()]);
});

afterAll(async () => {
  await Promise.all([postgres?.stop(), prisma?.remove()]);
});

async function execute(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client
    .query<Record<string, unknown>>(text)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

const NESTED = {
  kept: 'committed',
  last: 'committed',
  lost: 'rolled_back',
  released: 'committed',
  undone: 'rolled_back',
};
const { kept, last, lost } = NESTED;

test.each([
  ['knex', NESTED],
  ['drizzle', NESTED],
  ['typeorm', NESTED],
  ['sequelize', NESTED],
  ['prisma', { kept, last, lost }],
])('%s: what its nested transactions kept and undid is known', async (driver, expected) => {
  const database = new URL(postgres.url);
  database.pathname = `nested_${driver}`;
  await execute(postgres.url, `create database nested_${driver}`);
  await execute(database.href, 'create table writes (id serial primary key, request text, step text)');
  const app = await startPreloaded(FIXTURE, {
    args: [driver],
    env: { DATABASE_URL: database.href, PRISMA_CLIENT: prisma.entry },
  });
  for (const path of ['/nested', '/failed']) {
    const response = await fetch(`${app.url}${path}`);
    expect(response.status, await response.text()).toBe(200);
  }
  const { records } = await app.end();
  const writes = records.filter(({ category, action }) => category === 'db' && action === 'create');
  const outcomes = writes.map(({ new_values, transaction_outcome }) => [
    new_values['step'],
    transaction_outcome,
  ]);
  expect(Object.fromEntries(outcomes)).toEqual(expected);
  const applied = outcomes.filter(([, outcome]) => outcome === 'committed').map(([step]) => step);
  const rows = await execute(database.href, 'select step from writes');
  expect(rows.map(({ step }) => step).sort()).toEqual(applied.sort());
  const nested = writes.filter(({ url_path }) => url_path === '/nested');
  expect(new Set(nested.map(({ transaction_id }) => transaction_id)).size).toBe(1);
});

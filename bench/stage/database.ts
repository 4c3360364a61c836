import { join } from 'node:path';
import { Client } from 'pg';
import { startWatched } from '../../examples/demo/watched-process.ts';
import { startPostgres } from '../../examples/demo/postgres.ts';
import type { Postgres } from '../../examples/demo/postgres.ts';
import { cleanEnvironment } from './environment.ts';

const SHOP_SETUP = join(import.meta.dirname, '../../examples/shop/database.js');

const ACCOUNTS = `
  CREATE TABLE accounts (
    id integer PRIMARY KEY,
    owner text NOT NULL,
    balance bigint NOT NULL,
    version bigint NOT NULL
  ) WITH (fillfactor = 50);
  INSERT INTO accounts SELECT number, 'owner ' || number, 0, 0 FROM generate_series(1, 1000) AS number`;

/** A real PostgreSQL with the tables of both applications. */
export async function startDatabase(directory: string): Promise<Postgres> {
  const postgres = await startPostgres({ dataDirectory: join(directory, 'postgres') });
  try {
    await createAccounts(postgres.url);
    await setUpShop(postgres.url);
    return postgres;
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function createAccounts(connectionString: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(ACCOUNTS);
  } finally {
    await client.end();
  }
}

async function setUpShop(url: string): Promise<void> {
  const setup = startWatched({
    name: 'The setup of the shop',
    command: process.execPath,
    args: [SHOP_SETUP],
    env: cleanEnvironment({ DATABASE_URL: url }),
  });
  const how = await setup.ended;
  if (!how.endsWith('exit code 0')) throw new Error(`${how}\n${setup.lastOutput()}`);
}

import { Client } from 'pg';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';

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

/** Starts a PostgreSQL with the roles of the cases. */
export async function startCasePostgres(): Promise<Postgres> {
  const postgres = await startPostgres();
  await execute(postgres.url, "create role limited login password 'limited'");
  return postgres;
}

/**
 * Makes the database that the cases are run in, in the place of one that is there.
 *
 * @returns Its URL.
 */
export async function createCaseDatabase({ url }: Postgres, name: string): Promise<string> {
  await execute(url, `drop database if exists ${name} with (force)`);
  await execute(url, `create database ${name}`);
  const database = new URL(url);
  database.pathname = name;
  await execute(database.href, TABLES);
  return database.href;
}

async function execute(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';

// The reasons of docs/row-images.md: what would change for an application if old rows were fetched for it.

const IMAGES = 'returning old.*, new.*';

const SCHEMA = `
  create role writer login password 'writer';

  create table accounts (id int primary key, balance int);
  insert into accounts values (1, 10);
  grant update (balance), select (id) on accounts to writer;

  create table documents (id int primary key, owner text);
  insert into documents values (1, 'writer');
  alter table documents enable row level security;
  create policy change on documents for update using (true) with check (true);
  create policy look on documents for select using (owner = 'writer');
  grant select, update on documents to writer;

  create view balances as select * from accounts where id < 5 union all select * from accounts where id >= 5;
  create rule change as on update to balances
    do instead update accounts set balance = new.balance where id = old.id;`;

let postgres: Postgres;
let owner: pg.Client;
let writer: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  owner = await connect(postgres.url);
  await owner.query(SCHEMA);
  const url = new URL(postgres.url);
  [url.username, url.password] = ['writer', 'writer'];
  writer = await connect(url.href);
});

afterAll(async () => {
  await owner?.end();
  await writer?.end();
  await postgres?.stop();
});

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

test('a role that may write a column need not be allowed to read the row', async () => {
  await expect(writer.query('update accounts set balance = 11 where id = 1')).resolves.toMatchObject({
    rowCount: 1,
  });
  await expect(writer.query(`update accounts set balance = 12 where id = 1 ${IMAGES}`)).rejects.toMatchObject(
    { code: '42501' },
  );
  await expect(writer.query('select * from accounts where id = 1')).rejects.toMatchObject({ code: '42501' });
});

test('row-level security checks more of a statement that returns rows', async () => {
  await expect(writer.query("update documents set owner = 'other'")).resolves.toMatchObject({ rowCount: 1 });
  await owner.query("update documents set owner = 'writer'");
  await expect(writer.query(`update documents set owner = 'other' ${IMAGES}`)).rejects.toMatchObject({
    code: '42501',
  });
});

test('a rule that does something else instead cannot return rows', async () => {
  await expect(owner.query('update balances set balance = 13 where id = 1')).resolves.toMatchObject({
    rowCount: 1,
  });
  await expect(
    owner.query('update balances set balance = 14 where id = 1 returning old.*'),
  ).rejects.toMatchObject({ code: '0A000' });
});

test('a prepared statement cannot get another text under its name', async () => {
  const text = 'update accounts set balance = 15 where id = 1';
  await owner.query({ name: 'pay', text });
  await expect(owner.query({ name: 'pay', text: `${text} ${IMAGES}` })).rejects.toThrow(
    'Prepared statements must be unique',
  );
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { useAuditedServices } from './audited-service.ts';

const audited = useAuditedServices();
const directory = mkdtempSync(join(tmpdir(), 'audit-register-parity-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function configFile(content: object): string {
  const path = join(directory, 'audit-register.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

beforeAll(async () => {
  await audited.query(`
    create table people (id serial primary key, name text, password text, age int);
    create table groups (id serial primary key, name text);
    create table groups_people (group_id int, people_id int, primary key (group_id, people_id));
    create table archive (like people);`);
});

beforeEach(async () => {
  await audited.query(
    `truncate people, groups, groups_people, archive restart identity;
     insert into people (name, age) select 'person ' || n, n from generate_series(1, 9) n`,
  );
});

test('parity A: CRUDEvent of a create, an update and a delete: what, which row, which fields, which values', async () => {
  const service = await audited.start();
  await service.sql([
    { text: 'insert into people (name, age) values ($1, $2) returning id', values: ['Ann', 30] },
    { text: 'update people set age = $1 where id = $2', values: [31, 10] },
    { text: 'delete from people where id = $1', values: [10] },
  ]);
  const common = { target_type: 'people', target_id: '10', db_rows: 1, outcome: 'success', category: 'db' };
  expect(await service.statements()).toMatchObject([
    { ...common, action: 'create', changed_fields: ['name', 'age'], new_values: { name: 'Ann', age: '30' } },
    { ...common, action: 'update', changed_fields: ['age'], new_values: { age: '31' } },
    { ...common, action: 'delete', changed_fields: [], new_values: {} },
  ]);
});

test('parity A: CRUDEvent of a many-to-many change is a create or delete on the join table', async () => {
  const service = await audited.start();
  await service.sql([
    { text: 'insert into groups_people (group_id, people_id) values ($1, $2), ($1, $3)', values: [1, 7, 8] },
    { text: 'delete from groups_people where group_id = $1 and people_id = $2', values: [1, 7] },
    { text: 'delete from groups_people where group_id = $1', values: [1] },
  ]);
  const records = await service.statements();
  expect(records.map(({ action, target_type, db_rows }) => [action, target_type, db_rows])).toEqual([
    ['create', 'groups_people', 2],
    ['delete', 'groups_people', 1],
    ['delete', 'groups_people', 1],
  ]);
});

test('parity A: UNREGISTERED_CLASSES and REGISTERED_CLASSES are lists of tables, and the list that leaves out wins', async () => {
  const service = await audited.start({
    AUDIT_REGISTER_ONLY_TABLES: 'people,groups*',
    AUDIT_REGISTER_IGNORE_TABLES: '*_people',
  });
  await service.sql([
    { text: 'insert into groups_people values (1, 1)' },
    { text: 'insert into archive (name) values ($1)', values: ['x'] },
    { text: "insert into public.people (name) values ('kept')" },
  ]);
  expect((await service.statements()).map(({ target_type }) => target_type)).toEqual(['public.people']);
});

test('parity A: WATCH_MODEL_EVENTS is a switch of its own', async () => {
  const service = await audited.start({ AUDIT_REGISTER_CAPTURE_DB: 'false' });
  await service.sql([{ text: 'delete from people' }]);
  const { records } = await service.end();
  expect(records.map(({ category }) => category)).toEqual(['http']);
});

test('parity A: auditlog’s ACCESS is a read, recorded where reads are asked for', async () => {
  const service = await audited.start({ AUDIT_REGISTER_CAPTURE_READS: 'true' });
  await service.sql([{ text: 'select name from people where id = $1', values: [3] }]);
  expect(await service.statements()).toMatchObject([
    { action: 'read', target_type: 'people', target_id: '3', db_rows: 1 },
  ]);
});

test('parity A: CRUDEvent’s snapshot and [old, new]: rows that a statement brings back, where the policy asks for them', async () => {
  const statements = [
    {
      text: 'insert into people (name, age, password) values ($1, 30, $2) returning *',
      values: ['Ann', 'pw'],
    },
    { text: 'update people set age = age + 1 where id = 10 returning old.age as before, new.age' },
    { text: 'delete from people where id = 10 returning *' },
    { text: 'select id, name from people where id < 3 order by id' },
  ];
  const keeping = await audited.start({
    AUDIT_REGISTER_CONFIG: configFile({ policy: [{ name: 'rows', level: 'request_response' }] }),
  });
  await keeping.sql(statements);
  expect(await keeping.statements()).toMatchObject([
    {
      action: 'create',
      target_id: '10',
      new_values: { id: '10', name: 'Ann', age: '30', password: '[redacted]' },
      old_values: {},
      db_returned: ['{"id":10,"name":"Ann","password":"[redacted]","age":30}'],
    },
    { action: 'update', old_values: { age: '30' }, new_values: { age: '31' } },
    { action: 'delete', old_values: { id: '10', name: 'Ann', age: '31', password: '[redacted]' } },
    { action: 'read', db_returned: ['{"id":1,"name":"person 1"}', '{"id":2,"name":"person 2"}'] },
  ]);
  const leaving = await audited.start();
  await leaving.sql(statements);
  for (const record of await leaving.statements())
    expect(record).toMatchObject({ policy_level: 'request', old_values: {}, db_returned: [] });
});

test('parity B5: bulk writes and raw SQL are recorded with their row counts', async () => {
  const service = await audited.start();
  const answers = await service.sql([
    { text: 'insert into archive select * from people where age > 5' },
    { text: "insert into people (name) values ('a'), ('b'), ('c')" },
    { text: 'update people set age = age + 1 where age > 5' },
    {
      text: 'with gone as (delete from people where age < 3 returning *) insert into archive select * from gone',
    },
    {
      text: `merge into people using (values (1000, 'new')) as source (id, name) on people.id = source.id
             when not matched then insert (id, name) values (source.id, source.name)`,
    },
    {
      text: "insert into groups (id, name) values (1, 'x') on conflict (id) do update set name = excluded.name",
    },
    { text: 'truncate groups' },
  ]);
  const records = await service.statements();
  const counted = records.filter(({ attributes }) => attributes['audit.sql.rows'] !== 'unknown');
  expect(counted.map(({ db_rows }) => db_rows)).toEqual(answers.map(({ rowCount }) => rowCount ?? 0));
  expect(counted.map(({ action, target_type }) => `${action} ${target_type}`)).toEqual([
    'create archive',
    'create people',
    'update people',
    'create archive',
    'merge people',
    'merge groups',
    'truncate groups',
  ]);
  expect(records.find(({ target_tables }) => target_tables.length > 1)?.target_tables).toEqual([
    'archive',
    'people',
  ]);
  expect(records.every(({ outcome }) => outcome === 'success')).toBe(true);
});

test('parity B7: passwords, hashes and tokens are redacted whole, wherever they stand', async () => {
  const service = await audited.start();
  const secrets = [
    'hunter2hunter2',
    '$2b$12$abcdefghijklmnopqrstuv',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
  ];
  const [plain, hash, jwt] = secrets as [string, string, string];
  await service.sql([
    { text: 'update people set password = $1 where id = 1', values: [hash] },
    { text: `update people set password = '${plain}' where id = 2` },
    { text: 'update people set name = $1 where id = 3', values: [`bearer of ${jwt}`] },
    { text: `update people set nothing = 4 where id = 4 -- ${plain} ${jwt}` },
  ]);
  await service.ask(`/reset?token=${plain}&next=${jwt}`, { headers: { 'x-request-id': jwt } });
  const { records } = await service.end();
  expect(records).toHaveLength(6);
  const stored = JSON.stringify(records);
  for (const secret of secrets) expect(stored).not.toContain(secret);
  // A mask that hides only half is a leak.
  for (const half of [hash.slice(0, 15), hash.slice(-12), plain.slice(0, 7), jwt.split('.')[1] as string])
    expect(stored).not.toContain(half);
});

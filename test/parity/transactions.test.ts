import { beforeAll, expect, test } from 'vitest';
import { useAuditedServices } from './audited-service.ts';
import type { AuditedService } from './audited-service.ts';

const audited = useAuditedServices();

beforeAll(async () => {
  await audited.query(
    'create table accounts (id int primary key, owner text unique, balance int check (balance >= 0))',
  );
});

const insert = (id: number, owner = `owner ${id}`) => ({
  text: 'insert into accounts (id, owner, balance) values ($1, $2, 10)',
  values: [id, owner],
});
const update = (id: number, balance: number) => ({
  text: 'update accounts set balance = $1 where id = $2',
  values: [balance, id],
});
const remove = (id: number) => ({ text: 'delete from accounts where id = $1', values: [id] });
const [BEGIN, COMMIT, ROLLBACK] = ['begin', 'commit', 'rollback'].map((text) => ({ text })) as [
  { text: string },
  { text: string },
  { text: string },
];

interface Change {
  readonly action: string;
  readonly target_id: string;
  readonly outcome: string;
  readonly transaction_outcome: string;
  readonly final_outcome: string;
  readonly transaction_id: string;
  readonly new_values: Readonly<Record<string, string>>;
}

/** What the view says of a service's changes, once it has ended. */
async function changesOf(service: AuditedService): Promise<Change[]> {
  await service.end();
  return audited.store().query<Change>(
    `SELECT action, target_id, outcome, transaction_outcome, final_outcome, transaction_id, new_values
     FROM audit.changes WHERE service_name = {name: String} ORDER BY occurred_at`,
    { name: service.name },
  );
}

test('parity B1: an UPDATE that fails is recorded as failed, with the reason, and changed nothing', async () => {
  const service = await audited.start();
  const answers = await service.sql([insert(1), update(1, -5), { text: 'update accounts set nothing = 1' }]);
  expect(answers.map(({ code }) => code)).toEqual([undefined, '23514', '42703']);
  const failed = (await service.statements()).filter(({ action }) => action === 'update');
  expect(failed).toMatchObject([
    { outcome: 'failure', error_type: '23514', target_id: '1', new_values: { balance: '-5' }, db_rows: 0 },
    { outcome: 'failure', error_type: '42703', db_rows: 0 },
  ]);
  expect((await changesOf(service)).map(({ final_outcome }) => final_outcome)).toEqual([
    'applied',
    'failed',
    'failed',
  ]);
});

test('parity B2: create, update and delete of one row in one transaction are three records with one transaction id', async () => {
  const service = await audited.start();
  await service.sql([BEGIN, insert(2), update(2, 20), remove(2), COMMIT]);
  const changes = await changesOf(service);
  expect(changes).toMatchObject(
    ['create', 'update', 'delete'].map((action) => ({ action, target_id: '2', final_outcome: 'applied' })),
  );
  expect(new Set(changes.map(({ transaction_id }) => transaction_id)).size).toBe(1);
  expect(changes[0]?.transaction_id).toMatch(/^[0-9a-f-]{36}$/);
});

test('parity B3: what was rolled back never looks committed, however it came to that', async () => {
  const service = await audited.start();
  await service.sql([BEGIN, insert(31), ROLLBACK]);
  await service.sql([BEGIN, insert(32), insert(32), COMMIT]);
  await service.sql([
    BEGIN,
    insert(33),
    { text: 'savepoint s' },
    insert(34),
    { text: 'rollback to savepoint s' },
    COMMIT,
  ]);
  await service.sql([
    { text: "insert into accounts values (35, 'a', 1); insert into accounts values (35, 'b', 1)" },
  ]);
  const kept = await audited.query('select id from accounts where id between 31 and 35');
  const changes = await changesOf(service);
  const applied = changes.filter(({ final_outcome }) => final_outcome === 'applied');
  expect(applied.map(({ target_id }) => Number(target_id))).toEqual(kept.map(({ id }) => id));
  expect(kept).toEqual([{ id: 33 }]);
  expect(changes.map(({ final_outcome }) => final_outcome).sort()).toEqual([
    'applied',
    'failed',
    'failed',
    'rolled_back',
    'rolled_back',
    'rolled_back',
    'rolled_back',
  ]);
});

test('parity B3: a transaction that outlasts its statements’ patience is settled in the view, savepoints included', async () => {
  const service = await audited.start();
  const many = Array.from({ length: 1_001 }, (_, index) => update(index, 1));
  await service.sql([
    insert(36),
    insert(37),
    BEGIN,
    update(36, 1),
    { text: 'savepoint s' },
    update(37, 1),
    ...many.slice(0, 1_000),
    { text: 'rollback to savepoint s' },
    COMMIT,
  ]);
  const changes = (await changesOf(service)).filter(
    ({ action, target_id }) => action === 'update' && ['36', '37'].includes(target_id),
  );
  expect(changes[0]).toMatchObject({ target_id: '36', final_outcome: 'applied' });
  expect(changes[1]).toMatchObject({ target_id: '37', final_outcome: 'rolled_back' });
  const [written] = await audited.store().query<{ outcomes: string[] }>(
    `SELECT groupUniqArray(toString(transaction_outcome)) AS outcomes FROM audit.records
     WHERE service_name = {name: String} AND target_id = '36' AND action = 'update' AND new_values['balance'] = '1'`,
    { name: service.name },
  );
  expect(written?.outcomes).toContain('unknown');
});

test('parity B4: values are those of the statement, not those at the end of the transaction', async () => {
  const service = await audited.start();
  await service.sql([BEGIN, insert(4), update(4, 1), update(4, 2), update(4, 3), COMMIT]);
  const balances = (await changesOf(service)).map(({ new_values }) => new_values['balance']);
  expect(balances).toEqual(['10', '1', '2', '3']);
});

import { randomUUID } from 'node:crypto';
import type { StoredRecord } from '../../src/record/record.ts';
import { addRecords } from '../store/records.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

/** An hour of its own, so that what is counted elsewhere stays as it is. */
export const ACTIVITY_HOUR = {
  from: new Date('2026-11-19T12:00:00Z'),
  to: new Date('2026-11-19T13:00:00Z'),
} as const;

/** A key, a search and an address bar that would break whatever puts them together by hand. */
export const NASTY = `7' OR 1=1 -- \\' "%_$& \${actor:csv} $__fromTime <img src=x onerror=alert(1)>`;

export const REQUEST_ID = '019a0000-0000-7000-8000-000000000001';
export const OTHER_REQUEST_ID = '019a0000-0000-7000-8000-000000000002';
/** A client chose it, for two requests. */
export const TRACE_ID = 'c'.repeat(32);

const ANN: Fields = {
  actor_type: 'user',
  actor_id: 'ann',
  actor_name: 'Ann',
  actor_assurance: 'verified',
  actor_roles: ['clerk'],
  auth_method: 'jwt',
  source_address: '::ffff:10.0.0.1',
  user_agent: 'Firefox',
  session_id: 'session-ann',
};
const NOBODY: Fields = {
  actor_type: 'anonymous',
  actor_assurance: 'none',
  source_address: '::ffff:10.0.0.1',
};
const JOB: Fields = { actor_type: 'system', actor_id: 'cleaner', actor_name: 'cleaner' };

/** What happened is told by the tests that count it. */
export async function addActivity(store: TestClickHouse): Promise<void> {
  const records = [...before(), ...oneRequest(), ...rowHistory(), ...oddities()];
  await addRecords(
    store,
    records.map((record) => ({ service_name: 'office', environment: 'activity', ...record })),
  );
}

/** A transaction that was kept but for what came after its savepoint, and one whose end nobody knows; in an environment of its own. */
export async function addSavepoint(store: TestClickHouse): Promise<void> {
  const statement = (transaction_id: string, position: string): Fields => ({
    ...write('update', 'accounts', position, {}),
    transaction_outcome: 'unknown',
    transaction_id,
    attributes: { 'audit.transaction.position': position },
  });
  const end: Fields = {
    category: 'transaction',
    outcome: 'success',
    severity: 'notice',
    transaction_id: 'tx-savepoint',
  };
  const records: Fields[] = [
    { ...at(1), ...statement('tx-savepoint', '1') },
    { ...at(2), ...statement('tx-savepoint', '2') },
    { ...at(3), ...end, action: 'rollback_to', attributes: { 'audit.transaction.undone': '2-2' } },
    { ...at(4), ...end, action: 'commit', transaction_outcome: 'committed' },
    { ...at(5), ...statement('tx-without-end', '1') },
  ];
  await addRecords(
    store,
    records.map((record) => ({ service_name: 'office', environment: 'savepoint', ...record })),
  );
}

/** Days and weeks before the hour. */
function before(): Fields[] {
  return [
    { ...at(-60 * 24 * 20), ...ANN, ...request('GET', '/home', 200) },
    { ...at(-60 * 24 * 20), ...ANN, ...write('create', 'invoices', '7', { status: 'draft', total: '10' }) },
    { ...at(-60 * 24 * 9), ...ANN, ...write('update', 'invoices', '7', { total: '12' }) },
  ];
}

/**
 * A request whose first statement was written before it was known who asks, and whose transaction ended after its statements
 * were written. Another request bears the same trace id.
 */
function oneRequest(): Fields[] {
  const of = {
    request_id: REQUEST_ID,
    trace_id: TRACE_ID,
    correlation_id: 'nightly-1',
    http_method: 'POST',
    http_route: '/pay',
  };
  const open = { transaction_outcome: 'unknown', transaction_id: 'tx-pay' };
  return [
    {
      ...at(10.1),
      ...NOBODY,
      ...of,
      ...write('update', 'accounts', 'a1', { balance: '90' }),
      ...open,
      duration_us: 4000,
    },
    {
      ...at(10.2),
      ...ANN,
      ...of,
      ...write('create', 'payments', 'p1', { amount: '10' }),
      ...open,
      db_statement: 'INSERT INTO payments VALUES (?)',
    },
    { ...at(10.3), ...ANN, ...of, ...failed('create', 'payments', '23505', 'duplicate key'), ...open },
    {
      ...at(10.4),
      ...ANN,
      ...of,
      category: 'transaction',
      action: 'rollback',
      outcome: 'success',
      severity: 'notice',
      transaction_outcome: 'rolled_back',
      transaction_id: 'tx-pay',
      error_type: '23505',
      error_message: 'duplicate key',
    },
    { ...at(10.5), ...ANN, ...of, category: 'auth', action: 'identified', outcome: 'success' },
    {
      ...at(10),
      ...ANN,
      ...of,
      ...request('POST', '/pay', 500, REQUEST_ID),
      duration_us: 60_000_000,
    },
    {
      ...at(11),
      ...ANN,
      ...request('GET', '/other', 200, OTHER_REQUEST_ID),
      trace_id: TRACE_ID,
    },
  ];
}

function rowHistory(): Fields[] {
  return [
    { ...at(20), ...ANN, ...write('update', 'invoices', '7', { status: 'sent' }) },
    {
      ...at(21),
      ...ANN,
      ...write('update', 'invoices', '7', { total: '99' }),
      transaction_outcome: 'rolled_back',
      transaction_id: 'tx-undone',
    },
    {
      ...at(22),
      ...JOB,
      ...write('update', 'invoices', '', { status: 'paid' }),
      target_ids: ['6', '7', '8'],
      db_rows: 3,
    },
    { ...at(23), ...ANN, ...write('delete', 'invoices', '7', {}) },
    {
      ...at(24),
      ...JOB,
      ...write('delete', 'invoices', '', {}),
      db_rows: 500,
      db_statement: 'DELETE FROM invoices WHERE created < ?',
    },
    { ...at(25), ...ANN, ...write('update', 'invoices', NASTY, { note: NASTY }) },
    // Another table has a row with the same key.
    { ...at(26), ...ANN, ...write('update', 'receipts', '7', { status: 'other' }) },
  ];
}

function oddities(): Fields[] {
  return [
    {
      ...at(30),
      ...ANN,
      ...write('update', 'invoices', '9', { status: 'sent' }),
      impersonator_id: 'root',
      actor_id: 'bea',
      actor_name: 'Bea',
    },
    {
      ...at(31),
      ...ANN,
      ...write('schema', 'invoices', '', {}),
      db_statement: 'ALTER TABLE invoices ADD COLUMN x int',
    },
    {
      ...at(32),
      ...JOB,
      ...write('truncate', 'logs', '', {}),
      db_rows: 0,
      target_tables: ['logs', 'log_lines'],
    },
    {
      ...at(33),
      ...ANN,
      ...write('copy_out', 'invoices', '', {}),
      db_rows: 1000,
      http_method: 'GET',
      http_route: '/export',
      request_id: randomUUID(),
    },
    {
      ...at(34),
      ...ANN,
      ...request('GET', '/home', 200),
      source_address: '::ffff:203.0.113.9',
      user_agent: 'curl/8',
    },
  ];
}

function request(method: string, path: string, status: number, id: string = randomUUID()): Fields {
  return {
    category: 'http',
    action: method === 'GET' ? 'read' : 'create',
    outcome: status < 400 ? 'success' : 'failure',
    http_method: method,
    url_path: path,
    http_route: path,
    http_status: status,
    target_type: 'route',
    record_id: id,
    request_id: id,
  };
}

function write(action: string, table: string, id: string, values: Readonly<Record<string, string>>): Fields {
  return {
    category: 'db',
    action,
    outcome: 'success',
    target_type: table,
    target_tables: [table],
    target_id: id,
    db_rows: 1,
    changed_fields: Object.keys(values),
    new_values: values,
    transaction_outcome: 'autocommit',
  };
}

function failed(action: string, table: string, error_type: string, error_message: string): Fields {
  return { ...write(action, table, '', {}), outcome: 'failure', db_rows: 0, error_type, error_message };
}

function at(minute: number): Fields {
  const time = new Date(ACTIVITY_HOUR.from.getTime() + minute * 60_000);
  return { occurred_at: time.toISOString().replace('T', ' ').replace('Z', '') };
}

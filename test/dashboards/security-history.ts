import { randomUUID } from 'node:crypto';
import type { StoredRecord } from '../../src/record/record.ts';
import { addRecords } from '../store/records.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

/** A quiet hour of its own, so that what is counted elsewhere stays as it is. */
export const SECURITY_HOUR = {
  from: new Date('2026-11-18T12:00:00Z'),
  to: new Date('2026-11-18T13:00:00Z'),
} as const;

const ANN: Fields = {
  actor_type: 'user',
  actor_id: 'ann',
  actor_name: 'Ann',
  actor_assurance: 'verified',
  user_agent: 'Firefox',
};

/** What happened is told by the tests that count it. */
export async function addSecurityHistory(store: TestClickHouse): Promise<void> {
  await addRecords(
    store,
    [
      ...bruteForce(),
      ...logins(),
      ...origins(),
      { ...at(20), ...ANN, ...request('GET', '/admin', 403) },
      { ...at(21), ...ANN, ...request('GET', '/admin', 403) },
      { ...at(22), category: 'http', actor_type: 'anonymous', ...request('GET', '/orders', 401) },
      {
        ...at(23),
        ...write('update', 'orders', 3),
        actor_type: 'user',
        actor_id: 'mallory',
        actor_name: 'Ann',
        actor_assurance: 'claimed',
      },
      { ...at(24), ...write('delete', 'orders', 9), actor_type: 'system', actor_id: 'shop' },
      { ...at(25), ...ANN, ...write('delete', 'orders', 1), impersonator_id: 'root' },
    ].map((record) => ({ service_name: 'shop', environment: 'attacked', ...record })),
  );
}

function bruteForce(): Fields[] {
  const from = { source_address: '::ffff:9.9.9.9' };
  const failed = { category: 'auth', action: 'login_failed', outcome: 'failure', target_type: 'account' };
  return [
    // An address that tries one account, and gets in.
    ...Array.from({ length: 11 }, (_, index) => ({
      ...at(2 + index / 60),
      ...failed,
      ...from,
      target_id: 'alice',
    })),
    { ...at(4), ...login('alice'), ...from },
    // Many names from one address, in one record.
    {
      ...at(10),
      ...failed,
      source_address: '::ffff:8.8.8.8',
      target_ids: ['a', 'b', 'c', 'd'],
      attributes: { 'audit.auth.count': '40' },
    },
    // One account from many addresses; its owner logs in from elsewhere.
    {
      ...at(11),
      ...failed,
      target_id: 'bob',
      attributes: { 'audit.auth.count': '50', 'audit.auth.sources': '1.1.1.1 2.2.2.2' },
    },
    { ...at(12), ...login('bob'), source_address: '::ffff:3.3.3.3' },
    // Somebody who mistyped.
    { ...at(13), ...failed, source_address: '::ffff:3.3.3.4', target_id: 'carol', error_type: 'password' },
  ];
}

function logins(): Fields[] {
  const rejected = { category: 'auth', action: 'token_rejected', outcome: 'denied', target_type: 'account' };
  return [
    { ...at(14), ...rejected, target_id: 'ann', error_type: 'expired', auth_issuer: 'https://idp' },
    { ...at(15), ...rejected, target_id: 'ann', error_type: 'expired', auth_issuer: 'https://idp' },
    { ...at(16), ...rejected, error_type: 'signature', source_address: '::ffff:9.9.9.9' },
  ];
}

/** Ann had been known for three days when she came from elsewhere; Eve is seen for the first time. */
function origins(): Fields[] {
  const eve = { actor_type: 'user', actor_id: 'eve', actor_assurance: 'verified' };
  return [
    {
      ...at(-3 * 24 * 60),
      ...ANN,
      ...request('GET', '/before', 200),
      source_address: '::ffff:10.0.0.1',
    },
    { ...at(30), ...ANN, ...request('GET', '/orders', 200), source_address: '::ffff:10.9.9.9' },
    { ...at(31), ...eve, ...request('GET', '/orders', 200), source_address: '::ffff:10.0.0.2' },
    { ...at(32), ...eve, ...request('GET', '/orders', 200), source_address: '::ffff:10.0.0.3' },
    ...fay(),
    // Somebody who bears her name without proof is not her.
    {
      ...at(33),
      ...ANN,
      actor_assurance: 'invalid',
      ...request('GET', '/orders', 200),
      source_address: '::ffff:6.6.6.6',
    },
  ];
}

/** Fay comes from where she came from two months ago, and from where she came from half a year ago. */
function fay(): Fields[] {
  const from = (minute: number, address: string): Fields => ({
    ...at(minute),
    actor_type: 'user',
    actor_id: 'fay',
    actor_assurance: 'verified',
    ...request('GET', '/orders', 200),
    source_address: `::ffff:${address}`,
  });
  const day = 24 * 60;
  return [
    from(-180 * day, '10.5.5.5'),
    from(-60 * day, '10.6.6.6'),
    from(34, '10.5.5.5'),
    from(35, '10.6.6.6'),
  ];
}

function login(account: string): Fields {
  return {
    category: 'auth',
    action: 'login',
    outcome: 'success',
    target_type: 'account',
    target_id: account,
  };
}

function request(method: string, path: string, status: number): Fields {
  return {
    category: 'http',
    action: 'read',
    http_method: method,
    http_route: path,
    url_path: path,
    http_status: status,
    outcome: status < 400 ? 'success' : 'denied',
    request_id: randomUUID(),
  };
}

function write(action: string, table: string, rows: number): Fields {
  return {
    category: 'db',
    action,
    outcome: 'success',
    transaction_outcome: 'autocommit',
    target_type: table,
    target_tables: [table],
    db_rows: rows,
  };
}

function at(minute: number): Fields {
  const time = new Date(SECURITY_HOUR.from.getTime() + minute * 60_000);
  return { occurred_at: time.toISOString().replace('T', ' ').replace('Z', '') };
}

import { randomUUID } from 'node:crypto';
import type { StoredRecord } from '../../src/record/record.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { addRecords } from '../store/records.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

const OUTCOMES = ['success', 'failure', 'denied', 'unknown'];
const SEVERITIES = ['info', 'notice', 'warning', 'error'];
const AWKWARD = '"quoted", \\ back/slash\n\r\ttab \u0000 nul \u{1F512} =1+1 </script>';

const PROCESS: Fields = {
  service_name: 'shop',
  service_version: '1.2.3',
  service_instance: 'shop-1',
  environment: 'production',
  host_name: 'web-1',
  process_id: 42,
  chain_id: randomUUID(),
  segment_id: randomUUID(),
  schema_version: 1,
  policy_level: 'request_response',
  policy_rule: 'default',
};

const ALICE: Fields = {
  actor_type: 'user',
  actor_id: 'alice',
  actor_name: 'Alice Ångström',
  actor_roles: ['admin', 'support'],
  actor_assurance: 'verified',
  tenant_id: 'acme',
  session_id: 'session-1',
  auth_method: 'jwt',
  auth_issuer: 'https://issuer.example',
  source_address: '::ffff:10.1.2.3',
  source_port: 55123,
  user_agent: 'curl/8',
};

const STATEMENT: Fields = {
  category: 'db',
  db_system: 'postgresql',
  db_namespace: 'shop',
  db_statement: 'UPDATE orders SET status = ? WHERE id = ?',
  db_parameters: ['paid', AWKWARD],
  db_returned: ['{"id":7}'],
  db_rows: 3,
  db_backend_pid: 99,
  target_type: 'shop.orders',
  target_id: '7',
  target_ids: ['7', '8'],
  target_tables: ['shop.orders', 'shop.lines'],
  changed_fields: ['status'],
  new_values: { status: 'paid', note: AWKWARD },
  old_values: { status: 'open' },
  transaction_id: 'transaction-1',
};

/** Records of every category, action and outcome, some with everything that a record can say and some with nothing. */
export function historyRecords(): Fields[] {
  const records: Fields[] = [];
  const add = (...all: Fields[]): number => records.push(...all);
  for (const action of ['create', 'read', 'update', 'delete', 'other'])
    for (const outcome of OUTCOMES) add(request(action, outcome), { category: 'http', action, outcome });
  const statements = ['create', 'read', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'copy_out'];
  for (const action of [...statements, 'schema', 'grant', 'call', 'lock', 'other'])
    for (const transaction_outcome of ['autocommit', 'committed', 'rolled_back', 'unknown'])
      add({ ...ALICE, ...STATEMENT, action, outcome: 'success', transaction_outcome });
  add({ category: 'db', action: 'update', outcome: 'failure', error_type: '23505', error_message: AWKWARD });
  for (const action of ['commit', 'rollback', 'rollback_to', 'prepare'])
    add({ ...ALICE, category: 'transaction', action, outcome: 'success', transaction_id: 'transaction-1' });
  for (const action of ['login', 'logout', 'login_failed', 'token_rejected', 'identified'])
    for (const auth_method of ['', 'jwt', 'basic', 'oauth', 'saml'])
      add({ ...login(action), auth_method }, { category: 'auth', action, outcome: 'failure' });
  add({
    ...login('login_failed'),
    outcome: 'failure',
    source_address: '198.51.100.12',
    attributes: { 'audit.auth.count': '12' },
  });
  add({ ...ALICE, category: 'app', action: 'refund', outcome: 'success', attributes: { amount: '12' } });
  add({ category: 'app', action: 'delete', outcome: 'denied', target_type: 'invoice', target_id: 'i/1' });
  add({
    category: 'gap',
    action: 'dropped',
    outcome: 'failure',
    severity: 'error',
    error_message: 'spool full',
  });
  add({ category: 'gap', actor_type: 'system', actor_id: 'shop', attributes: { 'audit.gap.records': '7' } });
  // What no version of this package writes must not be lost either.
  add({ category: '', action: '', outcome: '' }, { category: 'new kind', action: 'new action' });
  return records.map((record, index) => whole(record, index));
}

/** Adds them a second apart, from 10:00 on the 20th of November 2026. */
export async function addHistory(store: TestClickHouse): Promise<number> {
  const records = historyRecords();
  await addRecords(store, records);
  return records.length;
}

function whole(record: Fields, index: number): Fields {
  const second = Date.parse('2026-11-20T10:00:00Z') / 1_000 + index;
  const at = new Date(second * 1_000).toISOString().slice(0, 19).replace('T', ' ');
  return {
    severity: SEVERITIES[index % SEVERITIES.length],
    actor_type: 'anonymous',
    actor_assurance: 'none',
    occurred_at: `${at}.123456789`,
    recorded_at: `${at}.223456`,
    duration_us: 1_000 * index,
    sequence: index + 1,
    ...PROCESS,
    ...record,
  };
}

function request(action: string, outcome: string): Fields {
  return {
    ...ALICE,
    category: 'http',
    action,
    outcome,
    http_method: action === 'other' ? 'PROPFIND' : 'PATCH',
    http_route: '/orders/:id',
    url_path: `/orders/7/${AWKWARD}`,
    url_query: 'a=1&b=%22',
    http_status: outcome === 'denied' ? 403 : 200,
    request_size: 12,
    response_size: 34,
    request_body: `{"note":${JSON.stringify(AWKWARD)}}`,
    response_body: AWKWARD,
    target_type: 'route',
    target_id: '/orders/:id',
    trace_id: 'a'.repeat(32),
    span_id: 'b'.repeat(16),
    parent_span_id: 'c'.repeat(16),
    correlation_id: 'correlation-1',
    request_id: '0190b3a5-7a3b-7def-8123-456789abcdef',
    impersonator_id: outcome === 'unknown' ? 'root' : '',
    truncated: outcome === 'failure' ? ['request_body'] : [],
    attributes: { 'audit.note': AWKWARD, plain: '' },
  };
}

function login(action: string): Fields {
  return {
    category: 'auth',
    action,
    outcome: action === 'login' || action === 'logout' ? 'success' : 'failure',
    target_type: 'account',
    target_id: 'bob@example.com',
    error_type: 'bad_password',
    error_message: 'no such account',
    source_address: '2001:db8::1',
    source_port: 443,
    http_method: 'POST',
    url_path: '/login',
  };
}

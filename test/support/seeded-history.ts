import { uuidV7 } from '../../src/record/uuid.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import type { TestClickHouse } from './clickhouse.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

/** The hour in which all of it happens. */
export const HISTORY = { from: '2026-11-20T12:00:00Z', to: '2026-11-20T13:00:00Z' } as const;

/** Ids of records that tests ask for by name. */
export type HistoryIds = Readonly<Record<HistoryName, string>>;
type HistoryName =
  | 'created'
  | 'paid'
  | 'refundUndone'
  | 'deleted'
  | 'bulkDelete'
  | 'undoneLater'
  | 'keptLater'
  | 'undoneBySavepoint'
  | 'neverKnown'
  | 'late'
  | 'lateRequest'
  | 'refused'
  | 'duplicate'
  | 'job'
  | 'login'
  | 'failedLogin'
  | 'forged'
  | 'exported'
  | 'gap'
  | 'impersonated'
  | 'sneaky'
  | 'payRequest'
  | 'commit';

/** Text that would break out of a string, a pattern, a terminal or a page. */
export const SNEAKY = `\\') OR 1 = 1 --; % _ <img src=x onerror=alert(1)> \u202etxt\u001b[31m =1+1`;

const ALICE = {
  actor_id: 'user-1',
  actor_name: 'alice',
  actor_type: 'user',
  actor_assurance: 'verified',
  actor_roles: ['admin', 'support'],
  auth_method: 'jwt',
  auth_issuer: 'https://issuer.test',
  session_id: 'session-alice',
  source_address: '::ffff:10.1.2.3',
  source_port: 50_001,
  user_agent: 'Firefox/140',
};
const BOB = {
  actor_id: 'user-2',
  actor_name: 'bob',
  actor_type: 'user',
  actor_assurance: 'trusted',
  auth_method: 'proxy',
  session_id: 'session-bob',
  source_address: '2001:db8::7',
  user_agent: 'curl/8',
};
const NOBODY = { actor_type: 'anonymous', actor_assurance: 'none', source_address: '::ffff:192.0.2.9' };
const SHOP = { actor_type: 'system', actor_id: 'shop', actor_name: 'shop', actor_assurance: 'none' };

function request(method: string, route: string, path: string, status: number): Fields {
  return {
    category: 'http',
    action: method === 'GET' ? 'read' : method === 'DELETE' ? 'delete' : 'create',
    outcome: status < 400 ? 'success' : status === 401 || status === 403 ? 'denied' : 'failure',
    severity: status < 400 ? 'info' : 'warning',
    target_type: 'route',
    target_id: route,
    http_method: method,
    http_route: route,
    url_path: path,
    http_status: status,
    duration_us: 12_345,
  };
}

function statement(action: string, table: string, rows: number, more: Fields = {}): Fields {
  return {
    category: 'db',
    action,
    outcome: 'success',
    severity: 'info',
    target_type: table,
    target_tables: [table],
    db_system: 'postgresql',
    db_namespace: 'shop',
    db_rows: rows,
    db_statement: `${action.toUpperCase()} ${table} WHERE id = ?`,
    transaction_outcome: 'autocommit',
    duration_us: 800,
    ...more,
  };
}

/** By the way of its request. */
function within(requestId: string, method: string, route: string): Fields {
  return {
    request_id: requestId,
    http_method: method,
    http_route: route,
    trace_id: requestId.replaceAll('-', ''),
  };
}

/**
 * A small history with everything that readers must get right: every category, outcome and assurance, actors that became
 * known late, transactions whose end was known late, statements on many rows, two services, a gap, names that are an attack.
 */
export async function seedHistory(store: TestClickHouse): Promise<HistoryIds> {
  const names: HistoryName[] = [
    ...(['created', 'paid', 'refundUndone', 'deleted', 'bulkDelete', 'undoneLater', 'keptLater'] as const),
    ...(['undoneBySavepoint', 'neverKnown', 'late', 'lateRequest', 'refused', 'duplicate', 'job'] as const),
    ...(['login', 'failedLogin', 'forged', 'exported', 'gap', 'impersonated', 'sneaky'] as const),
    ...(['payRequest', 'commit'] as const),
  ];
  const ids = Object.fromEntries(names.map((name) => [name, uuidV7()])) as Record<HistoryName, string>;
  await insert(store, historyOf(ids));
  return ids;
}

function historyOf(ids: HistoryIds): Fields[] {
  const pay = within(ids.payRequest, 'POST', '/orders/:id/pay');
  const late = within(ids.lateRequest, 'POST', '/orders');
  const transaction = (id: string): Fields => ({ transaction_id: id });
  return [
    {
      ...at(1),
      ...ALICE,
      record_id: ids.login,
      category: 'auth',
      action: 'login',
      outcome: 'success',
      target_type: 'account',
      target_id: 'alice',
    },
    {
      ...at(2),
      ...NOBODY,
      record_id: ids.failedLogin,
      category: 'auth',
      action: 'login_failed',
      outcome: 'failure',
      target_type: 'account',
      target_id: 'bob',
      error_type: 'wrong_password',
      attributes: { 'audit.auth.count': '12' },
    },
    {
      ...at(3),
      ...BOB,
      actor_assurance: 'invalid',
      record_id: ids.forged,
      category: 'auth',
      action: 'token_rejected',
      outcome: 'denied',
      error_type: 'bad_signature',
    },

    // One order's life.
    {
      ...at(10),
      ...ALICE,
      record_id: ids.created,
      ...statement('create', 'shop.orders', 1, {
        target_id: '1042',
        changed_fields: ['id', 'status', 'total'],
        new_values: { id: '1042', status: 'open', total: '9.50' },
        db_parameters: ['1042', 'open', '9.50'],
      }),
    },
    {
      ...at(11),
      ...ALICE,
      record_id: ids.payRequest,
      ...request('POST', '/orders/:id/pay', '/orders/1042/pay', 200),
      trace_id: pay['trace_id'],
    },
    {
      ...at(11, 1),
      ...ALICE,
      ...pay,
      record_id: ids.paid,
      ...statement('update', 'orders', 1, {
        ...transaction('tx-pay'),
        transaction_outcome: 'committed',
        target_id: '1042',
        changed_fields: ['status'],
        new_values: { status: 'paid' },
        duration_us: 2_500_000,
      }),
    },
    {
      ...at(11, 2),
      ...ALICE,
      ...pay,
      record_id: ids.commit,
      category: 'transaction',
      action: 'commit',
      outcome: 'success',
      severity: 'info',
      ...transaction('tx-pay'),
      transaction_outcome: 'committed',
    },
    {
      ...at(12),
      ...BOB,
      record_id: ids.refundUndone,
      ...statement('update', 'orders', 1, {
        ...transaction('tx-refund'),
        transaction_outcome: 'rolled_back',
        target_id: '1042',
        changed_fields: ['status'],
        new_values: { status: 'refunded' },
      }),
    },
    {
      ...at(13),
      ...ALICE,
      record_id: ids.deleted,
      ...statement('delete', 'orders', 1, { target_id: '1042', old_values: { total: '9.50' } }),
    },
    {
      ...at(14),
      ...BOB,
      record_id: ids.bulkDelete,
      ...statement('delete', 'orders', 4, { target_ids: ['1', '2', '3', '4'] }),
    },

    // Ends that came after the statements had been written.
    {
      ...at(20),
      ...BOB,
      record_id: ids.undoneLater,
      ...statement('delete', 'items', 2_000, { ...transaction('tx-undone'), transaction_outcome: 'unknown' }),
    },
    {
      ...at(21),
      ...BOB,
      category: 'transaction',
      action: 'rollback',
      outcome: 'success',
      severity: 'notice',
      ...transaction('tx-undone'),
      transaction_outcome: 'rolled_back',
    },
    {
      ...at(22),
      ...BOB,
      record_id: ids.keptLater,
      ...statement('update', 'items', 3, {
        ...transaction('tx-kept'),
        transaction_outcome: 'unknown',
        attributes: { 'audit.transaction.position': '1' },
      }),
    },
    {
      ...at(22, 1),
      ...BOB,
      record_id: ids.undoneBySavepoint,
      ...statement('update', 'items', 5, {
        ...transaction('tx-kept'),
        transaction_outcome: 'unknown',
        attributes: { 'audit.transaction.position': '2' },
      }),
    },
    {
      ...at(22, 2),
      ...BOB,
      category: 'transaction',
      action: 'rollback_to',
      outcome: 'success',
      severity: 'notice',
      ...transaction('tx-kept'),
      attributes: { 'audit.transaction.undone': '2-2' },
    },
    {
      ...at(23),
      ...BOB,
      category: 'transaction',
      action: 'commit',
      outcome: 'success',
      severity: 'notice',
      ...transaction('tx-kept'),
      transaction_outcome: 'committed',
    },
    {
      ...at(24),
      ...BOB,
      record_id: ids.neverKnown,
      ...statement('update', 'items', 1, {
        ...transaction('tx-lost'),
        transaction_outcome: 'unknown',
        target_id: '5',
      }),
    },

    // An actor that was known only when the request ended.
    {
      ...at(30),
      ...NOBODY,
      ...late,
      record_id: ids.late,
      ...statement('create', 'orders', 1, {
        target_id: '2000',
        new_values: { status: 'open' },
        changed_fields: ['status'],
      }),
    },
    { ...at(30, 1), ...ALICE, ...late, category: 'auth', action: 'identified', outcome: 'success' },
    {
      ...at(30, 2),
      ...ALICE,
      record_id: ids.lateRequest,
      ...request('POST', '/orders', '/orders', 201),
      trace_id: late['trace_id'],
    },

    { ...at(35), ...BOB, record_id: ids.refused, ...request('GET', '/admin', '/admin', 403) },
    {
      ...at(36),
      ...BOB,
      record_id: ids.duplicate,
      ...statement('create', 'orders', 0, {
        outcome: 'failure',
        severity: 'warning',
        transaction_outcome: 'autocommit',
        error_type: '23505',
        error_message: 'duplicate key value violates unique constraint "orders_pkey"',
      }),
    },
    {
      ...at(40),
      ...SHOP,
      record_id: ids.job,
      service_name: 'billing',
      environment: 'production',
      ...statement('delete', 'sessions', 37),
    },
    {
      ...at(41),
      ...ALICE,
      actor_assurance: 'claimed',
      record_id: ids.exported,
      category: 'app',
      action: 'invoice.exported',
      outcome: 'success',
      target_type: 'invoice',
      target_id: '77',
      attributes: { format: 'pdf' },
    },
    {
      ...at(42),
      ...BOB,
      actor_assurance: 'expired',
      impersonator_id: 'user-1',
      record_id: ids.impersonated,
      ...request('DELETE', '/orders/:id', '/orders/9', 500),
    },
    {
      ...at(43),
      ...SHOP,
      record_id: ids.gap,
      category: 'gap',
      action: 'dropped',
      outcome: 'failure',
      severity: 'error',
      error_type: 'dropped',
      error_message: 'the spool was full',
      attributes: { 'audit.gap.records': '3' },
    },
    {
      ...at(44),
      ...NOBODY,
      actor_id: SNEAKY,
      actor_name: SNEAKY,
      actor_assurance: 'claimed',
      record_id: ids.sneaky,
      ...request('GET', '/search', `/search/${SNEAKY}`, 404),
      user_agent: SNEAKY,
    },
  ];
}

function at(minute: number, millis = 0): Fields {
  const time = new Date(Date.parse(HISTORY.from) + minute * 60_000 + millis).toISOString();
  // With nanoseconds that no JavaScript date can hold.
  return { occurred_at: time.replace('T', ' ').replace('Z', '000007') };
}

async function insert(store: TestClickHouse, records: readonly Fields[]): Promise<void> {
  await store.client.insert({
    table: 'audit.records',
    values: records.map((record) => ({
      record_id: uuidV7(),
      service_name: 'shop',
      environment: 'test',
      ...record,
    })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}

import type { StoredRecord } from '../../src/record/record.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

const NO_CHAIN: Fields = {
  chain_id: '00000000-0000-0000-0000-000000000000',
  sequence: 0,
  segment_id: '00000000-0000-0000-0000-000000000000',
};

/** What the collector makes of spans and logs of other languages: rows of no chain. */
export function foreignRecords(): Fields[] {
  const span: Fields = {
    ...NO_CHAIN,
    outcome: 'success',
    actor_type: 'user',
    actor_id: 'alice',
    actor_assurance: 'claimed',
    auth_method: 'span',
    policy_level: 'metadata',
    policy_rule: 'traces/audit',
    service_name: 'billing',
    trace_id: 'a'.repeat(32),
    span_id: 'b'.repeat(16),
    attributes: { 'audit.source': 'otlp.traces' },
  };
  const request: Fields = { category: 'http', http_method: 'GET', url_path: '/invoices/7', http_status: 200 };
  return [
    { ...span, ...request, action: 'read', source_address: '::ffff:10.1.2.3' },
    { ...span, ...request, action: '', http_method: '_OTHER', http_status: 0, outcome: 'unknown' },
    {
      ...span,
      category: 'db',
      action: 'read',
      db_system: 'postgresql',
      db_statement: 'SELECT 1',
      target_type: 'invoice',
    },
    { ...span, category: 'db', action: 'other', db_system: 'mongodb', target_type: 'invoices' },
    { ...span, category: 'db', action: 'other', db_system: 'redis', actor_id: '', actor_type: '' },
    { ...NO_CHAIN, category: 'app', action: 'refund', attributes: { 'audit.source': 'otlp.logs' } },
    NO_CHAIN,
  ];
}

/** Databases and calls of other drivers, and what was imported. */
export function otherRecords(): Fields[] {
  const systems = [
    'mysql',
    'mariadb',
    'sqlite',
    'mongodb',
    'redis',
    'microsoft.sql_server',
    'elasticsearch',
    '',
  ];
  return [
    ...systems.map((db_system) => ({ category: 'db', action: 'read', outcome: 'success', db_system })),
    {
      category: 'call',
      action: 'call',
      outcome: 'success',
      http_method: 'POST',
      url_path: '/v1/charges',
      http_status: 201,
      target_type: 'host',
      target_id: 'api.payments.example:8443',
      attributes: { 'url.scheme': 'https' },
    },
    {
      category: 'http',
      action: 'create',
      outcome: 'success',
      http_method: 'POST',
      url_path: '/graphql',
      http_route: '/graphql',
      http_status: 200,
      attributes: { 'audit.operations': 'mutation.deleteOrder' },
    },
    // Nobody whose name was tried.
    {
      category: 'auth',
      action: 'login_failed',
      outcome: 'failure',
      target_type: 'account',
      target_id: 'mallory',
    },
    {
      category: 'db',
      action: 'update',
      outcome: 'success',
      target_type: 'orders.order',
      target_id: '7',
      auth_method: 'import',
    },
    {
      category: 'auth',
      action: 'login',
      outcome: 'success',
      target_type: 'account',
      target_id: 'bob',
      auth_method: 'import',
    },
  ];
}

const HOSTILE = [
  '","class_uid":1,"x":"',
  '"}]}',
  '\\',
  '\\"',
  '{}',
  ':{}',
  ':[]',
  ':""',
  '\u0000\u0001\u001f\u007f\u0085\u2028\u2029\ufeff\ufffd',
  '\u{1F512}\u202e\u0430',
  '<script>alert(1)</script>',
  "'); DROP TABLE audit.records; --",
  '${jndi:ldap://evil}',
  ' ',
  'a\r\nb\tc',
  'x'.repeat(100_000),
];

const TEXTS: readonly (keyof StoredRecord)[] = [
  ...([
    'action',
    'outcome',
    'severity',
    'actor_type',
    'actor_id',
    'actor_name',
    'tenant_id',
    'session_id',
  ] as const),
  ...(['impersonator_id', 'auth_method', 'auth_issuer', 'user_agent', 'service_name', 'host_name'] as const),
  ...([
    'target_type',
    'target_id',
    'http_method',
    'http_route',
    'url_path',
    'url_query',
    'request_body',
  ] as const),
  ...([
    'db_system',
    'db_namespace',
    'db_statement',
    'transaction_outcome',
    'error_type',
    'error_message',
  ] as const),
];

/** Every text of a record a hostile one, in a record of every category. */
export function hostileRecords(): Fields[] {
  return HOSTILE.flatMap((text) =>
    ['http', 'db', 'auth', 'app', 'gap', 'transaction', text].map((category) => ({
      ...Object.fromEntries(TEXTS.map((name) => [name, text])),
      category,
      actor_roles: [text, text],
      target_ids: [text],
      new_values: { [text]: text },
      attributes: { [text]: text, 'audit.auth.count': text },
      truncated: [text],
    })),
  );
}

const LARGEST = '18446744073709551615';

/** The ends of what the columns can hold. */
export function extremeRecords(): Fields[] {
  // What is older than the retention is not kept, and neither is what is later than its end can be reckoned.
  const times = ['2026-11-21 10:00:00', '2100-12-31 23:59:59.999999999'];
  const addresses = [
    '::1',
    '::ffff:0:1.2.3.4',
    '::ffff:0:0',
    '::ffff:255.255.255.255',
    '64:ff9b::1.2.3.4',
    'fe80::1',
  ];
  const large: Fields = {
    duration_us: LARGEST,
    source_port: 65_535,
    process_id: 4_294_967_295,
    http_status: 65_535,
    request_size: LARGEST,
    response_size: LARGEST,
    db_rows: LARGEST,
    db_backend_pid: 4_294_967_295,
    schema_version: 65_535,
    attributes: { 'audit.auth.count': LARGEST },
  };
  const records: Fields[] = [
    ...times.flatMap((occurred_at) =>
      ['http', 'db', 'auth', 'gap'].map((category) => ({ ...large, category, occurred_at })),
    ),
    ...addresses.map((source_address) => ({ category: 'http', action: 'read', source_address })),
  ];
  return records.map((record, index) => ({ ...record, sequence: String(2n ** 63n - 1n - BigInt(index)) }));
}

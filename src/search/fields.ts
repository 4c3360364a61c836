import { nearest } from '../config/nearest.js';
import { COLUMNS } from '../record/columns.js';
import { SearchError } from './errors.js';
import { OPERATION_LIST } from './operation-list.js';

/**
 * How values of a field are read and compared: `choice` has fixed values, `list` holds several texts, `map` texts by their
 * names, `table`
 * goes with or without its schema, `row` is a table and a key in one.
 */
export type FieldKind =
  | 'text'
  | 'choice'
  | 'list'
  | 'map'
  | 'table'
  | 'row'
  | 'id'
  | 'number'
  | 'duration'
  | 'time'
  | 'address'
  | 'boolean';

/** What a search may name. */
export interface Field {
  readonly name: string;
  /** Other names of it, the name of the column among them. */
  readonly aliases: readonly string[];
  readonly kind: FieldKind;
  /** What it is compared with, in SQL over `audit.unique_records`; one of several will do. */
  readonly expressions: readonly Expression[];
  readonly meaning: string;
  /** Fixed values; no others are possible where the kind is `choice`. */
  readonly values?: readonly string[];
  /** Other words for fixed values. */
  readonly synonyms?: Readonly<Record<string, string>>;
}

/** A column, a name that `SettledExpressions` has, or what columns have in them. */
export type Expression = string;

const COLUMN_NAMES: ReadonlySet<string> = new Set([...COLUMNS.map(({ name }) => name), 'ingested_at']);

type Rest = Partial<Pick<Field, 'values' | 'synonyms'>> & { readonly expressions?: readonly Expression[] };

function field(
  name: string,
  aliases: readonly string[],
  kind: FieldKind,
  meaning: string,
  { expressions, ...rest }: Rest = {},
): Field {
  const column = [name, ...aliases].find((name) => COLUMN_NAMES.has(name)) ?? name;
  return { name, aliases, kind, expressions: expressions ?? [column], meaning, ...rest };
}

/** THE table of what can be searched: the parser, the conditions, the help, the completion and docs/search.md come from it. */
export const FIELDS: readonly Field[] = [
  field(
    'time',
    ['occurred_at'],
    'time',
    'When the action began: `time:>2026-11-20T12:00:00Z`, or a whole day.',
  ),
  field(
    'duration',
    ['duration_us'],
    'duration',
    'How long it took: `duration:>2s`; a bare number is microseconds.',
  ),
  field('recorded', ['recorded_at'], 'time', 'When the record was made.'),
  field('arrived', ['ingested_at'], 'time', 'When the store took the record in.'),

  field('actor', ['who'], 'text', 'Identifier or name of who acted.', {
    expressions: ['actor_id', 'actor_name'],
  }),
  field('actor_id', [], 'text', 'Identifier of who acted.'),
  field('actor_name', [], 'text', 'Name of who acted.'),
  field('actor_type', [], 'choice', 'What kind of actor it was.', {
    values: ['user', 'service', 'system', 'anonymous'],
  }),
  field('assurance', ['actor_assurance'], 'choice', 'How much the name is worth.', {
    values: ['verified', 'trusted', 'claimed', 'expired', 'invalid', 'none'],
  }),
  field('late', ['actor_late'], 'boolean', 'Whether the actor was known only after the record was written.', {
    expressions: ['actor_late'],
  }),
  field('role', ['actor_roles'], 'list', 'Role of the actor.'),
  field('tenant', ['tenant_id'], 'text', 'Tenant, organisation or account of the actor.'),
  field(
    'impersonator',
    ['impersonator_id'],
    'text',
    'Who really acted: `impersonator:*` for all impersonations.',
  ),
  field('session', ['session_id'], 'text', 'Session of the actor.'),
  field('auth', ['auth_method'], 'text', 'How the actor was named.', {
    values: ['jwt', 'proxy', 'session', 'basic', 'client-certificate', 'code'],
  }),
  field('issuer', ['auth_issuer'], 'text', 'Issuer of the token.'),

  field('category', [], 'choice', 'Kind of record.', {
    values: ['http', 'db', 'auth', 'app', 'call', 'gap', 'transaction'],
  }),
  field('action', ['did'], 'text', 'What was done; events of the application have names of their own.', {
    values: [
      'create',
      'read',
      'update',
      'delete',
      'merge',
      'truncate',
      'copy_in',
      'copy_out',
      'schema',
      'grant',
      'call',
      'lock',
      'commit',
      'rollback',
      'rollback_to',
      'prepare',
      'login',
      'logout',
      'login_failed',
      'token_rejected',
      'identified',
      'other',
    ],
  }),
  field(
    'outcome',
    [],
    'choice',
    'How it ended, the end of its transaction included: a statement that succeeded and was undone is `rolled_back`.',
    {
      expressions: ['settled_outcome'],
      values: ['success', 'failure', 'denied', 'rolled_back', 'unknown'],
      synonyms: { ok: 'success', failed: 'failure', 'rolled back': 'rolled_back' },
    },
  ),
  field('ending', [], 'choice', 'The same as the sentence says it, so that what was committed can be told.', {
    values: ['ok', 'committed', 'rolled_back', 'denied', 'failed', 'unknown'],
    synonyms: { 'rolled back': 'rolled_back', failure: 'failed', success: 'ok' },
  }),
  field(
    'final_outcome',
    ['final'],
    'choice',
    'Of a writing statement, whether it lasted; of others their own outcome.',
    {
      values: ['applied', 'rolled_back', 'failed', 'unknown', 'success', 'failure', 'denied'],
    },
  ),
  field('severity', [], 'choice', 'How much it matters.', { values: ['info', 'notice', 'warning', 'error'] }),
  field('level', ['policy_level'], 'choice', 'How much the policy let the record hold.', {
    values: ['metadata', 'request', 'request_response'],
  }),
  field('rule', ['policy_rule'], 'text', 'Policy rule that took the record.'),

  field('row', ['object'], 'row', 'Table and key of a row in one: `row:orders/1042`.', {
    expressions: ['target_type', 'target_id', 'target_ids'],
  }),
  field('table', [], 'table', 'Table that was written or read; `table:orders` finds `shop.orders` too.', {
    expressions: ['target_type', 'target_tables'],
  }),
  field('target_type', ['target'], 'text', 'What was acted on, exactly as it was called.'),
  field('target_tables', ['tables'], 'list', 'One of all tables of a statement, exactly as it was called.'),
  field('id', ['key'], 'text', 'Key of a row, alone or among several.', {
    expressions: ['target_id', 'target_ids'],
  }),
  field('target_id', [], 'text', 'Key of the row, where one row is named.'),
  field('target_ids', [], 'list', 'Key among those of several rows.'),
  field('changed', ['changed_fields'], 'list', 'Column that a statement set.'),
  field('new', ['new_values'], 'map', 'New value: `new.status:paid`, or any of them.'),
  field('old', ['old_values'], 'map', 'Old value: `old.status:open`, or any of them.'),

  field(
    'address',
    ['source_address', 'ip'],
    'address',
    'Address of the client, alone or as a network: `address:10.0.0.0/8`.',
  ),
  field('port', ['source_port'], 'number', 'Port of the client.'),
  field('agent', ['user_agent'], 'text', 'User agent that the client named.'),
  field('service', ['service_name'], 'text', 'Service that made the record.'),
  field('version', ['service_version'], 'text', 'Version of the service.'),
  field('instance', ['service_instance'], 'text', 'Instance of the service.'),
  field('environment', ['env'], 'text', 'Where the service runs.', { expressions: ['environment'] }),
  field('host', ['host_name'], 'text', 'Host of the process.'),
  field('pid', ['process_id'], 'number', 'Process that made the record.'),

  field('method', ['http_method'], 'text', 'Method of the request.'),
  field('route', ['http_route'], 'text', 'Route of the request: `route:/orders/:id`.'),
  field('path', ['url_path'], 'text', 'Path of the request.'),
  field(
    'operation',
    ['operations'],
    'list',
    'What a request asked of GraphQL, tRPC or Next.js: `operation:mutation.deleteOrder`.',
    { expressions: [OPERATION_LIST] },
  ),
  field('query', ['url_query'], 'text', 'Query string of the request.'),
  field('status', ['http_status'], 'number', 'Status of the response: `status:>=500`.'),
  field('request_size', [], 'number', 'Bytes of the request body.'),
  field('response_size', [], 'number', 'Bytes of the response body.'),
  field('request_body', [], 'text', 'Request body: `request_body:*refund*`.'),
  field('response_body', [], 'text', 'Response body.'),

  field(
    'statement',
    ['db_statement', 'sql'],
    'text',
    'Statement: `statement:*orders*`; free words look in it, too.',
  ),
  field('parameter', ['db_parameters'], 'list', 'Parameter of a statement.'),
  field('returned', ['db_returned'], 'list', 'Row that came back, in JSON: `returned:*ann@example.com*`.'),
  field('rows', ['db_rows'], 'number', 'Rows written or returned: `rows:>1000`.'),
  field('database', ['db_namespace'], 'text', 'Database of the statement.'),
  field('system', ['db_system'], 'text', 'Kind of database.'),
  field('backend', ['db_backend_pid'], 'number', 'Process of the PostgreSQL backend.'),
  field('transaction', ['transaction_id'], 'text', 'Transaction of the statement.'),
  field('transaction_outcome', [], 'choice', 'How the transaction ended, also where that was known later.', {
    expressions: ['settled_transaction'],
    values: ['autocommit', 'committed', 'rolled_back', 'unknown'],
  }),

  field('error', [], 'text', 'Code of an error, or words of its message: `error:23505`, `error:*timeout*`.', {
    expressions: ['error_type', 'error_message'],
  }),
  field('error_type', ['reason'], 'text', 'Code or reason of a failure.', { expressions: ['error_type'] }),
  field('error_message', [], 'text', 'Message of a failure.'),
  field('truncated', [], 'list', 'Column that was cut to its limit.'),
  field('attribute', ['attributes'], 'map', 'Anything else: `attribute.audit.gap.records:*`.'),

  field('request', ['request_id'], 'id', 'Everything of one request, the request itself included.', {
    expressions: ['request_id', 'record_id'],
  }),
  field('trace', ['trace_id'], 'text', 'W3C trace id; the client may have chosen it.'),
  field('span', ['span_id'], 'text', 'Span of the action.'),
  field('parent', ['parent_span_id'], 'text', 'Span that caused it.'),
  field('correlation', ['correlation_id'], 'text', 'Correlation id; the client may have chosen it.'),
  field('record', ['record_id'], 'id', 'One record.'),
  field('chain', ['chain_id'], 'id', 'Start of a process.'),
  field('sequence', [], 'number', 'Number within the chain.'),
  field('segment', ['segment_id'], 'id', 'Segment that brought the record.'),
  field('schema_version', [], 'number', 'Version of the list of columns.'),
];

const BY_NAME = new Map(
  FIELDS.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field] as const)),
);

/** @param position Where the name stands in the search. */
export function fieldNamed(name: string, position = 0): Field {
  const field = BY_NAME.get(name.toLowerCase());
  if (field !== undefined) return field;
  const meant = nearest(name.toLowerCase(), BY_NAME.keys());
  const advice = meant === undefined ? '.' : `: did you mean ${meant}?`;
  throw new SearchError(
    `There is no field ${name}${advice} To look for the text itself, put it in quotes.`,
    position,
  );
}

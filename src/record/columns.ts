/**
 * THE table: every column of `audit.records`, in order. The RowBinary decoder, the TypeScript type of a record, the
 * documentation and a test against the migrated table come from this list. The encoder and redaction are written out column by
 * column, for speed; tests hold them to it.
 *
 * Only append. The order is the order of the bytes on the wire and under the digest of a segment.
 */
export type ColumnType =
  | 'UUID'
  | "DateTime64(9, 'UTC')"
  | "DateTime64(6, 'UTC')"
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'IPv6'
  | 'String'
  | 'LowCardinality(String)'
  | 'Array(String)'
  | 'Array(LowCardinality(String))'
  | 'Map(LowCardinality(String), String)';

/**
 * How a column loses what is secret. `none` is for what this package makes itself or takes from the configuration; `name`
 * and `names` lose only what has the shape of a secret, everything else is looked at in the way of its format.
 */
export type ColumnRedaction =
  'none' | 'text' | 'texts' | 'name' | 'names' | 'statement' | 'values' | 'path' | 'query' | 'body';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly redact: ColumnRedaction;
  /** Lowest level of the policy that keeps the column; of a query string the names are kept at every level. */
  readonly level?: 'request' | 'request_response';
  readonly group: string;
  readonly meaning: string;
}

const name = 'LowCardinality(String)';
const names = 'Array(LowCardinality(String))';
const map = 'Map(LowCardinality(String), String)';

export const COLUMNS = [
  {
    name: 'record_id',
    type: 'UUID',
    redact: 'none',
    group: 'when',
    meaning: 'Identity of the record, a UUID version 7.',
  },
  {
    name: 'occurred_at',
    type: "DateTime64(9, 'UTC')",
    redact: 'none',
    group: 'when',
    meaning: 'When the action began.',
  },
  {
    name: 'recorded_at',
    type: "DateTime64(6, 'UTC')",
    redact: 'none',
    group: 'when',
    meaning: 'When the record was made, after the action had ended.',
  },
  {
    name: 'duration_us',
    type: 'UInt64',
    redact: 'none',
    group: 'when',
    meaning: 'How long the action took, in microseconds.',
  },

  {
    name: 'category',
    type: name,
    redact: 'none',
    group: 'what',
    meaning: '`http`, `db`, `auth`, `app`, `call` (a request to another), `gap` or `transaction`.',
  },
  {
    name: 'action',
    type: name,
    redact: 'none',
    group: 'what',
    meaning:
      'What was done: `create`, `read`, `update`, `delete`, `merge`, `truncate`, `copy_in`, `copy_out`, `schema`, `grant`, `call`, `lock`, `commit`, `rollback`, `rollback_to`, `prepare`, `login`, `logout`, `login_failed`, `token_rejected`, `identified`, `other`; events of the application have names of their own.',
  },
  {
    name: 'outcome',
    type: name,
    redact: 'none',
    group: 'what',
    meaning: '`success`, `failure`, `denied` or `unknown`.',
  },
  {
    name: 'severity',
    type: name,
    redact: 'none',
    group: 'what',
    meaning: '`info`, `notice`, `warning` or `error`.',
  },
  {
    name: 'policy_level',
    type: name,
    redact: 'none',
    group: 'what',
    meaning: 'How much the policy lets the record hold: `metadata`, `request` or `request_response`.',
  },
  {
    name: 'policy_rule',
    type: name,
    redact: 'none',
    group: 'what',
    meaning: 'Name of the policy rule that took the record.',
  },

  {
    name: 'actor_type',
    type: name,
    redact: 'none',
    group: 'who',
    meaning: '`user`, `service`, `system` or `anonymous`.',
  },
  {
    name: 'actor_id',
    type: 'String',
    redact: 'text',
    group: 'who',
    meaning: 'Stable identifier of the actor, such as the `sub` of the token.',
  },
  {
    name: 'actor_name',
    type: 'String',
    redact: 'text',
    group: 'who',
    meaning: 'Name of the actor for people to read.',
  },
  {
    name: 'actor_roles',
    type: names,
    redact: 'names',
    group: 'who',
    meaning: 'Roles the token or session named.',
  },
  {
    name: 'tenant_id',
    type: name,
    redact: 'text',
    group: 'who',
    meaning: 'Tenant, organisation or account of the actor.',
  },
  {
    name: 'impersonator_id',
    type: 'String',
    redact: 'text',
    group: 'who',
    meaning: 'Who really acted, when somebody acts as somebody else.',
  },
  {
    name: 'session_id',
    type: 'String',
    redact: 'text',
    group: 'who',
    meaning: '`jti` or `sid` of the token, or a keyed hash; never the token.',
  },
  {
    name: 'auth_method',
    type: name,
    redact: 'none',
    group: 'who',
    meaning:
      'How the actor was named: `jwt`, `proxy`, `session`, `basic`, `client-certificate`, `code`; empty when nobody was named.',
  },
  { name: 'auth_issuer', type: name, redact: 'text', group: 'who', meaning: 'Issuer of the token.' },
  {
    name: 'actor_assurance',
    type: name,
    redact: 'none',
    group: 'who',
    meaning: 'How much the name is worth: `verified`, `trusted`, `claimed`, `expired`, `invalid` or `none`.',
  },

  {
    name: 'source_address',
    type: 'IPv6',
    redact: 'none',
    group: 'from where',
    meaning:
      'Address of the client behind the trusted proxies; IPv4 is mapped (`::ffff:1.2.3.4`), `::` when unknown.',
  },
  {
    name: 'source_port',
    type: 'UInt16',
    redact: 'none',
    group: 'from where',
    meaning: 'Port of the client; 0 when unknown.',
  },
  {
    name: 'user_agent',
    type: name,
    redact: 'text',
    group: 'from where',
    meaning: 'User agent the client named.',
  },
  {
    name: 'service_name',
    type: name,
    redact: 'none',
    group: 'from where',
    meaning: 'OpenTelemetry `service.name`.',
  },
  {
    name: 'service_version',
    type: name,
    redact: 'none',
    group: 'from where',
    meaning: 'OpenTelemetry `service.version`.',
  },
  {
    name: 'service_instance',
    type: name,
    redact: 'none',
    group: 'from where',
    meaning: 'OpenTelemetry `service.instance.id`.',
  },
  {
    name: 'environment',
    type: name,
    redact: 'none',
    group: 'from where',
    meaning: 'OpenTelemetry `deployment.environment.name`.',
  },
  { name: 'host_name', type: name, redact: 'none', group: 'from where', meaning: 'Host of the process.' },
  {
    name: 'process_id',
    type: 'UInt32',
    redact: 'none',
    group: 'from where',
    meaning: 'Process that made the record.',
  },

  {
    name: 'trace_id',
    type: 'String',
    redact: 'none',
    group: 'joined by',
    meaning: 'W3C trace id in hex: one request with all its statements.',
  },
  {
    name: 'span_id',
    type: 'String',
    redact: 'none',
    group: 'joined by',
    meaning: 'Span of this action in hex.',
  },
  {
    name: 'parent_span_id',
    type: 'String',
    redact: 'none',
    group: 'joined by',
    meaning: 'Span that caused this one, in hex.',
  },
  {
    name: 'correlation_id',
    type: 'String',
    redact: 'text',
    group: 'joined by',
    meaning: '`x-request-id` or `x-correlation-id` of the request; made when absent.',
  },
  {
    name: 'request_id',
    type: 'UUID',
    redact: 'none',
    group: 'joined by',
    meaning:
      '`record_id` of the request that caused it, which no client can choose; zero for work of no request.',
  },

  {
    name: 'target_type',
    type: name,
    redact: 'name',
    group: 'to what',
    meaning: 'What was acted on: `schema.table` of a statement as far as it is named, `route` of a request.',
  },
  {
    name: 'target_id',
    type: 'String',
    redact: 'text',
    group: 'to what',
    meaning: 'Key of the row, where one row is named.',
  },
  {
    name: 'target_ids',
    type: 'Array(String)',
    redact: 'texts',
    group: 'to what',
    meaning: 'Keys of the rows, where several are named.',
  },
  {
    name: 'target_tables',
    type: names,
    redact: 'names',
    group: 'to what',
    meaning: 'All tables the statement writes (for a read: reads).',
  },
  {
    name: 'changed_fields',
    type: names,
    redact: 'names',
    group: 'to what',
    meaning: 'Columns the statement sets.',
  },
  {
    name: 'new_values',
    type: map,
    redact: 'values',
    level: 'request',
    group: 'to what',
    meaning: 'Values the statement sets, redacted.',
  },
  {
    name: 'old_values',
    type: map,
    redact: 'values',
    level: 'request',
    group: 'to what',
    meaning: 'Values before, where they can be had.',
  },

  { name: 'http_method', type: name, redact: 'name', group: 'http', meaning: 'Request method as sent.' },
  {
    name: 'http_route',
    type: name,
    redact: 'name',
    group: 'http',
    meaning: 'Route template of the framework, such as `/orders/:id`.',
  },
  {
    name: 'url_path',
    type: 'String',
    redact: 'path',
    group: 'http',
    meaning: 'Path exactly as sent, before any normalisation.',
  },
  {
    name: 'url_query',
    type: 'String',
    redact: 'query',
    level: 'request',
    group: 'http',
    meaning: 'Query string: names only at level `metadata`, redacted values from level `request`.',
  },
  {
    name: 'http_status',
    type: 'UInt16',
    redact: 'none',
    group: 'http',
    meaning: 'Response status; 0 when no response was sent.',
  },
  {
    name: 'request_size',
    type: 'UInt64',
    redact: 'none',
    group: 'http',
    meaning:
      'Size of the request body in bytes as declared, or as seen where bodies are kept; 0 when unknown.',
  },
  {
    name: 'response_size',
    type: 'UInt64',
    redact: 'none',
    group: 'http',
    meaning:
      'Size of the response body in bytes as declared, or as seen where bodies are kept; 0 when unknown.',
  },
  {
    name: 'request_body',
    type: 'String',
    redact: 'body',
    level: 'request',
    group: 'http',
    meaning: 'Request body, redacted, from level `request`.',
  },
  {
    name: 'response_body',
    type: 'String',
    redact: 'body',
    level: 'request_response',
    group: 'http',
    meaning: 'Response body, redacted, at level `request_response`.',
  },

  { name: 'db_system', type: name, redact: 'none', group: 'db', meaning: 'OpenTelemetry `db.system.name`.' },
  {
    name: 'db_namespace',
    type: name,
    redact: 'name',
    group: 'db',
    meaning: 'OpenTelemetry `db.namespace`: the database.',
  },
  {
    name: 'db_statement',
    type: name,
    redact: 'statement',
    group: 'db',
    meaning: 'Statement, normalised: without comments, `?` for every constant.',
  },
  {
    name: 'db_parameters',
    type: 'Array(String)',
    redact: 'texts',
    level: 'request',
    group: 'db',
    meaning: 'Parameters as they were sent, redacted, from level `request`.',
  },
  {
    name: 'db_returned',
    type: 'Array(String)',
    redact: 'texts',
    level: 'request_response',
    group: 'db',
    meaning:
      'Rows that came back, one JSON text each, redacted, at level `request_response`; the first 100 of them.',
  },
  {
    name: 'db_rows',
    type: 'UInt64',
    redact: 'none',
    group: 'db',
    meaning: 'Rows written or returned, as the server said.',
  },
  {
    name: 'db_backend_pid',
    type: 'UInt32',
    redact: 'none',
    group: 'db',
    meaning: 'Process id of the PostgreSQL backend; 0 when unknown.',
  },
  {
    name: 'transaction_id',
    type: 'String',
    redact: 'none',
    group: 'db',
    meaning: 'Joins the statements of one transaction; empty for autocommit.',
  },
  {
    name: 'transaction_outcome',
    type: name,
    redact: 'none',
    group: 'db',
    meaning: '`autocommit`, `committed`, `rolled_back` or `unknown`; empty for what is no statement.',
  },

  {
    name: 'error_type',
    type: name,
    redact: 'name',
    group: 'trouble',
    meaning: 'SQLSTATE, error code or reason of a failure.',
  },
  {
    name: 'error_message',
    type: 'String',
    redact: 'text',
    group: 'trouble',
    meaning: 'Message of a failure, redacted.',
  },
  {
    name: 'truncated',
    type: names,
    redact: 'none',
    group: 'trouble',
    meaning: 'Columns of this record that were cut to their limit.',
  },

  { name: 'attributes', type: map, redact: 'values', group: 'more', meaning: 'Anything else that is known.' },

  {
    name: 'chain_id',
    type: 'UUID',
    redact: 'none',
    group: 'evidence',
    meaning: 'One start of one process (or worker thread).',
  },
  {
    name: 'sequence',
    type: 'UInt64',
    redact: 'none',
    group: 'evidence',
    meaning: '1, 2, 3 … within the chain; a hole is a loss.',
  },
  {
    name: 'segment_id',
    type: 'UUID',
    redact: 'none',
    group: 'evidence',
    meaning: 'The insert that brought the record.',
  },
  {
    name: 'schema_version',
    type: 'UInt16',
    redact: 'none',
    group: 'evidence',
    meaning: 'Version of this list.',
  },
] as const satisfies readonly Column[];

/** Version of the list above, written to every record. */
export const SCHEMA_VERSION = 1;

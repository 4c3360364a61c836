-- The register itself. Columns, order and types follow src/record/columns.ts; a test compares the two.
CREATE TABLE IF NOT EXISTS {{database}}.records
(
  -- when
  record_id UUID COMMENT 'Identity of the record, a UUID version 7.',
  occurred_at DateTime64(9, 'UTC') COMMENT 'When the action began.' CODEC(Delta(8), ZSTD(1)),
  recorded_at DateTime64(6, 'UTC') COMMENT 'When the record was made, after the action had ended.' CODEC(Delta(8), ZSTD(1)),
  duration_us UInt64 COMMENT 'How long the action took, in microseconds.' CODEC(T64, ZSTD(1)),

  -- what
  category LowCardinality(String) COMMENT '`http`, `db`, `auth`, `app`, `gap` or `transaction`.',
  action LowCardinality(String) COMMENT 'What was done: `create`, `read`, `update`, `delete`, `merge`, `truncate`, `copy_in`, `copy_out`, `schema`, `grant`, `call`, `lock`, `commit`, `rollback`, `rollback_to`, `prepare`, `login`, `logout`, `login_failed`, `token_rejected`, `identified`, `other`; events of the application have names of their own.',
  outcome LowCardinality(String) COMMENT '`success`, `failure`, `denied` or `unknown`.',
  severity LowCardinality(String) COMMENT '`info`, `notice`, `warning` or `error`.',
  policy_level LowCardinality(String) COMMENT 'How much the policy lets the record hold: `metadata`, `request` or `request_response`.',
  policy_rule LowCardinality(String) COMMENT 'Name of the policy rule that took the record.',

  -- who
  actor_type LowCardinality(String) COMMENT '`user`, `service`, `system` or `anonymous`.',
  actor_id String COMMENT 'Stable identifier of the actor, such as the `sub` of the token.',
  actor_name String COMMENT 'Name of the actor for people to read.',
  actor_roles Array(LowCardinality(String)) COMMENT 'Roles the token or session named.',
  tenant_id LowCardinality(String) COMMENT 'Tenant, organisation or account of the actor.',
  impersonator_id String COMMENT 'Who really acted, when somebody acts as somebody else.',
  session_id String COMMENT '`jti` or `sid` of the token, or a keyed hash; never the token.',
  auth_method LowCardinality(String) COMMENT 'How the actor was named: `jwt`, `proxy`, `session`, `basic`, `client-certificate`, `code`; empty when nobody was named.',
  auth_issuer LowCardinality(String) COMMENT 'Issuer of the token.',
  actor_assurance LowCardinality(String) COMMENT 'How much the name is worth: `verified`, `trusted`, `claimed`, `expired`, `invalid` or `none`.',

  -- from where
  source_address IPv6 COMMENT 'Address of the client behind the trusted proxies; IPv4 is mapped (`::ffff:1.2.3.4`), `::` when unknown.',
  source_port UInt16 COMMENT 'Port of the client; 0 when unknown.',
  user_agent LowCardinality(String) COMMENT 'User agent the client named.',
  service_name LowCardinality(String) COMMENT 'OpenTelemetry `service.name`.',
  service_version LowCardinality(String) COMMENT 'OpenTelemetry `service.version`.',
  service_instance LowCardinality(String) COMMENT 'OpenTelemetry `service.instance.id`.',
  environment LowCardinality(String) COMMENT 'OpenTelemetry `deployment.environment.name`.',
  host_name LowCardinality(String) COMMENT 'Host of the process.',
  process_id UInt32 COMMENT 'Process that made the record.',

  -- joined by
  trace_id String COMMENT 'W3C trace id in hex: one request with all its statements.',
  span_id String COMMENT 'Span of this action in hex.',
  parent_span_id String COMMENT 'Span that caused this one, in hex.',
  correlation_id String COMMENT '`x-request-id` or `x-correlation-id` of the request; made when absent.',
  request_id UUID COMMENT '`record_id` of the request that caused it, which no client can choose; zero for work of no request.',

  -- to what
  target_type LowCardinality(String) COMMENT 'What was acted on: `schema.table` of a statement as far as it is named, `route` of a request.',
  target_id String COMMENT 'Key of the row, where one row is named.',
  target_ids Array(String) COMMENT 'Keys of the rows, where several are named.',
  target_tables Array(LowCardinality(String)) COMMENT 'All tables the statement writes (for a read: reads).',
  changed_fields Array(LowCardinality(String)) COMMENT 'Columns the statement sets.',
  new_values Map(LowCardinality(String), String) COMMENT 'Values the statement sets, redacted.',
  old_values Map(LowCardinality(String), String) COMMENT 'Values before, where they can be had.',

  -- http
  http_method LowCardinality(String) COMMENT 'Request method as sent.',
  http_route LowCardinality(String) COMMENT 'Route template of the framework, such as `/orders/:id`.',
  url_path String COMMENT 'Path exactly as sent, before any normalisation.',
  url_query String COMMENT 'Query string: names only at level `metadata`, redacted values from level `request`.',
  http_status UInt16 COMMENT 'Response status; 0 when no response was sent.',
  request_size UInt64 COMMENT 'Size of the request body in bytes as declared; 0 when not declared.' CODEC(T64, ZSTD(1)),
  response_size UInt64 COMMENT 'Size of the response body in bytes as declared; 0 when not declared.' CODEC(T64, ZSTD(1)),
  request_body String COMMENT 'Request body, redacted, from level `request`.',
  response_body String COMMENT 'Response body, redacted, at level `request_response`.',

  -- db
  db_system LowCardinality(String) COMMENT 'OpenTelemetry `db.system.name`.',
  db_namespace LowCardinality(String) COMMENT 'OpenTelemetry `db.namespace`: the database.',
  db_statement LowCardinality(String) COMMENT 'Statement, normalised: without comments, `?` for every constant.',
  db_parameters Array(String) COMMENT 'Parameters, redacted, from level `request`.',
  db_returned Array(String) COMMENT 'Rows that came back, one JSON text each, redacted, at level `request_response`; the first 100 of them.',
  db_rows UInt64 COMMENT 'Rows written or returned, as the server said.' CODEC(T64, ZSTD(1)),
  db_backend_pid UInt32 COMMENT 'Process id of the PostgreSQL backend; 0 when unknown.',
  transaction_id String COMMENT 'Joins the statements of one transaction; empty for autocommit.',
  transaction_outcome LowCardinality(String) COMMENT '`autocommit`, `committed`, `rolled_back` or `unknown`; empty for what is no statement.',

  -- trouble
  error_type LowCardinality(String) COMMENT 'SQLSTATE, error code or reason of a failure.',
  error_message String COMMENT 'Message of a failure, redacted.',
  truncated Array(LowCardinality(String)) COMMENT 'Columns of this record that were cut to their limit.',

  -- more
  attributes Map(LowCardinality(String), String) COMMENT 'Anything else that is known.',

  -- evidence
  chain_id UUID COMMENT 'One start of one process (or worker thread).',
  sequence UInt64 COMMENT '1, 2, 3 … within the chain; a hole is a loss.' CODEC(Delta(8), ZSTD(1)),
  segment_id UUID COMMENT 'The insert that brought the record.',
  schema_version UInt16 COMMENT 'Version of this list.',

  -- set by the store, and so under no digest
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the store took the record in.' CODEC(Delta(8), ZSTD(1)),

  INDEX record_id_index record_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX trace_id_index trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX actor_id_index actor_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX target_id_index target_id TYPE bloom_filter(0.01) GRANULARITY 1,
  -- All keys as one list, for no index serves an OR of two columns.
  INDEX target_keys_index arrayPushBack(target_ids, target_id) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX session_id_index session_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX request_id_index request_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX transaction_id_index transaction_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX transaction_outcome_index transaction_outcome TYPE set(8) GRANULARITY 1,
  INDEX outcome_index outcome TYPE set(8) GRANULARITY 1,
  INDEX error_message_index error_message
    TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(error_message)),

  -- What each part holds of each chain, in runs of 10,000 sequences: a few bytes, and true whatever is done to the parts.
  PROJECTION runs
  (
    SELECT
      chain_id, intDiv(sequence, 10000),
      count(), groupBitmap(sequence), max(sequence), min(occurred_at), max(occurred_at)
    GROUP BY chain_id, intDiv(sequence, 10000)
  )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (tenant_id, occurred_at)
TTL toDateTime(occurred_at) + INTERVAL 400 DAY DELETE
-- Not ReplacingMergeTree: it would let a user who may only insert overwrite evidence.
-- The window must hold the segments of all processes for the longest outage of the store.
SETTINGS
  non_replicated_deduplication_window = 100000,
  ttl_only_drop_parts = 1,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  -- For repairs: OPTIMIZE … DEDUPLICATE and lightweight deletes keep the projection true.
  deduplicate_merge_projection_mode = 'rebuild',
  lightweight_mutation_projection_mode = 'rebuild',
  default_compression_codec = 'ZSTD(1)'
COMMENT 'One row for every action that was audited. Rows are only ever added.';

-- What an OpenTelemetry Collector inserts, and what becomes of it. The table keeps nothing: its views make records and certificates
-- of each insert, by the names of src/record/otlp-attributes.ts.
--
-- Its columns are those that the collector's ClickHouse exporter inserts. Without `EventName`, which the exporter inserts only where it
-- saw the column when it started: an insert must be the same bytes whether ClickHouse was there then or not.
CREATE TABLE IF NOT EXISTS {{database}}.otel_logs
(
  Timestamp DateTime64(9, 'UTC') COMMENT 'When it happened.',
  TraceId String COMMENT 'W3C trace id in hex.',
  SpanId String COMMENT 'W3C span id in hex.',
  TraceFlags UInt8 COMMENT 'W3C trace flags.',
  SeverityText LowCardinality(String) COMMENT 'Severity in words.',
  SeverityNumber UInt8 COMMENT 'Severity from 1 to 24.',
  ServiceName LowCardinality(String) COMMENT 'Resource attribute `service.name`.',
  Body String COMMENT 'Body of the log record.',
  ResourceSchemaUrl LowCardinality(String) COMMENT 'Schema of the resource.',
  ResourceAttributes Map(LowCardinality(String), String) COMMENT 'Attributes of the resource.',
  ScopeSchemaUrl LowCardinality(String) COMMENT 'Schema of the scope.',
  ScopeName String COMMENT 'Instrumentation scope.',
  ScopeVersion LowCardinality(String) COMMENT 'Version of the instrumentation scope.',
  ScopeAttributes Map(LowCardinality(String), String) COMMENT 'Attributes of the scope.',
  LogAttributes Map(LowCardinality(String), String) COMMENT 'Attributes of the log record.'
)
ENGINE = Null
COMMENT 'Where a collector inserts OTLP logs. Keeps nothing: otel_logs_records and otel_logs_segments take what is audit.';

-- NOTE: total. An expression that can fail would make ClickHouse refuse the insert, and the collector would try it for ever. And
-- nothing but what was inserted: with `now()` or its like a second try would be another block, and its records there twice.
--
-- A log record of a chain is one that this package made: its row is exactly that of the direct path, for its bytes are under a digest.
-- Any other is of no chain. Nobody vouches for it, so it says so, and what only this package may say it cannot say.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.otel_logs_records TO {{database}}.records
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
  LogAttributes AS a,
  ResourceAttributes AS r,
  toUUID('00000000-0000-0000-0000-000000000000') AS nothing,
  toUUIDOrZero(a['audit.record.id']) AS named_id,
  toUUIDOrZero(a['audit.chain.id']) AS named_chain,
  toUInt64OrZero(a['audit.sequence']) AS named_sequence,
  named_chain != nothing AND named_sequence != 0 AS chained,
  -- The id of a record that has none of the kind: the same for the same name, whoever sends it how often.
  lower(hex(SHA256(concat(ServiceName, char(0), a['audit.record.id'])))) AS digest,
  toUUIDOrZero(concat(
    substring(digest, 1, 8), '-', substring(digest, 9, 4), '-8', substring(digest, 14, 3), '-a', substring(digest, 18, 3), '-',
    substring(digest, 21, 12))) AS made_id,
  -- A list as JSON, as the exporter writes it, or one plain value of somebody else.
  text -> multiIf(text = '', [], startsWith(text, '['), JSONExtract(text, 'Array(String)'), [text]) AS list,
  text -> JSONExtract(text, 'Map(LowCardinality(String), String)') AS named,
  (text, known) -> if(chained OR has(known, text), text, '') AS known_only,
  a['audit.actor.assurance'] AS assurance,
  -- What stands in a column of its own, as far as that can hold it.
  mapFilter((name, value) -> NOT multiIf(
    name IN ('audit.record.id', 'audit.request.id'), toUUIDOrZero(value) != nothing,
    name = 'audit.trace.id', TraceId = '',
    name = 'audit.span.id', SpanId = '',
    name = 'audit.outcome', value IN ('success', 'failure', 'denied', 'unknown'),
    name = 'audit.category', value IN ('http', 'db', 'auth', 'app'),
    name = 'audit.actor.type', value IN ('user', 'service', 'system', 'anonymous'),
    name = 'audit.actor.assurance', value IN ('claimed', 'expired', 'invalid', 'none'),
    name = 'audit.transaction.outcome', value IN ('autocommit', 'committed', 'rolled_back', 'unknown'),
    name = 'audit.policy.level', value IN ('metadata', 'request', 'request_response'),
    name IN ('audit.duration_us', 'audit.db.rows', 'http.request.body.size', 'http.response.body.size'),
      toString(toUInt64OrZero(value)) = value,
    name = 'audit.db.backend_pid', toString(toUInt32OrZero(value)) = value,
    name IN ('client.port', 'http.response.status_code', 'audit.schema_version'), toString(toUInt16OrZero(value)) = value,
    name = 'audit.recorded_at', toString(toInt64OrZero(value)) = value,
    name = 'client.address', toIPv6OrDefault(value) != toIPv6('::'),
    name IN ('audit.new_values', 'audit.old_values', 'audit.attributes'), JSONType(value) = 'Object',
    name IN ('audit.actor.roles', 'audit.target.ids', 'audit.target.tables', 'audit.changed_fields', 'audit.db.parameters',
      'audit.db.returned', 'audit.truncated'), NOT startsWith(value, '[') OR JSONType(value) = 'Array',
    name IN ('audit.action', 'audit.policy.rule', 'audit.actor.id', 'audit.actor.name', 'audit.tenant.id', 'audit.impersonator.id',
      'audit.session.id', 'audit.auth.method', 'audit.auth.issuer', 'user_agent.original', 'audit.parent_span.id',
      'audit.correlation.id', 'audit.target.type', 'audit.target.id', 'http.request.method', 'http.route', 'url.path', 'url.query',
      'audit.request.body', 'audit.response.body', 'db.system.name', 'db.namespace', 'db.query.text', 'audit.transaction.id',
      'error.type', 'error.message')), a) AS left_over,
  -- Names under `audit.` are ours to give: views read some of them.
  mapApply((name, value) -> (if(startsWith(name, 'audit.'), concat('otlp.', name), toString(name)), value),
    mapConcat(named(a['audit.attributes']), left_over, if(Body = '', map(), map('log.body', Body)))) AS foreign_attributes
SELECT
  if(chained OR named_id != nothing, named_id, made_id) AS record_id,
  Timestamp AS occurred_at,
  if(chained OR mapContains(a, 'audit.recorded_at') AND toInt64OrZero(a['audit.recorded_at']) > 0,
    fromUnixTimestamp64Micro(toInt64OrZero(a['audit.recorded_at']), 'UTC'),
    toDateTime64(Timestamp, 6, 'UTC')) AS recorded_at,
  toUInt64OrZero(a['audit.duration_us']) AS duration_us,

  multiIf(
    chained OR a['audit.category'] IN ('http', 'db', 'auth', 'app'), a['audit.category'],
    a['http.request.method'] != '', 'http',
    a['db.system.name'] != '', 'db',
    'app') AS category,
  multiIf(chained OR a['audit.action'] != '', a['audit.action'], a['event.name'] != '', a['event.name'], 'other') AS action,
  if(chained OR a['audit.outcome'] IN ('success', 'failure', 'denied'), a['audit.outcome'], 'unknown') AS outcome,
  multiIf(
    chained OR SeverityText IN ('info', 'notice', 'warning', 'error'), toString(SeverityText),
    SeverityNumber >= 17, 'error',
    SeverityNumber >= 13, 'warning',
    'info') AS severity,
  known_only(a['audit.policy.level'], ['metadata', 'request', 'request_response']) AS policy_level,
  if(chained OR a['audit.policy.rule'] != '', a['audit.policy.rule'], 'logs/audit') AS policy_rule,

  known_only(a['audit.actor.type'], ['user', 'service', 'system', 'anonymous']) AS actor_type,
  a['audit.actor.id'] AS actor_id,
  a['audit.actor.name'] AS actor_name,
  list(a['audit.actor.roles']) AS actor_roles,
  a['audit.tenant.id'] AS tenant_id,
  a['audit.impersonator.id'] AS impersonator_id,
  a['audit.session.id'] AS session_id,
  a['audit.auth.method'] AS auth_method,
  a['audit.auth.issuer'] AS auth_issuer,
  multiIf(
    chained OR assurance IN ('claimed', 'expired', 'invalid', 'none'), assurance,
    a['audit.actor.id'] != '', 'claimed',
    'none') AS actor_assurance,

  toIPv6OrDefault(a['client.address']) AS source_address,
  toUInt16OrZero(a['client.port']) AS source_port,
  a['user_agent.original'] AS user_agent,
  r['service.name'] AS service_name,
  r['service.version'] AS service_version,
  r['service.instance.id'] AS service_instance,
  r['deployment.environment.name'] AS environment,
  r['host.name'] AS host_name,
  toUInt32OrZero(r['process.pid']) AS process_id,

  if(TraceId != '', TraceId, a['audit.trace.id']) AS trace_id,
  if(SpanId != '', SpanId, a['audit.span.id']) AS span_id,
  a['audit.parent_span.id'] AS parent_span_id,
  a['audit.correlation.id'] AS correlation_id,
  toUUIDOrZero(a['audit.request.id']) AS request_id,

  a['audit.target.type'] AS target_type,
  a['audit.target.id'] AS target_id,
  list(a['audit.target.ids']) AS target_ids,
  list(a['audit.target.tables']) AS target_tables,
  list(a['audit.changed_fields']) AS changed_fields,
  named(a['audit.new_values']) AS new_values,
  named(a['audit.old_values']) AS old_values,

  a['http.request.method'] AS http_method,
  a['http.route'] AS http_route,
  a['url.path'] AS url_path,
  a['url.query'] AS url_query,
  toUInt16OrZero(a['http.response.status_code']) AS http_status,
  toUInt64OrZero(a['http.request.body.size']) AS request_size,
  toUInt64OrZero(a['http.response.body.size']) AS response_size,
  a['audit.request.body'] AS request_body,
  a['audit.response.body'] AS response_body,

  a['db.system.name'] AS db_system,
  a['db.namespace'] AS db_namespace,
  a['db.query.text'] AS db_statement,
  list(a['audit.db.parameters']) AS db_parameters,
  list(a['audit.db.returned']) AS db_returned,
  toUInt64OrZero(a['audit.db.rows']) AS db_rows,
  toUInt32OrZero(a['audit.db.backend_pid']) AS db_backend_pid,
  a['audit.transaction.id'] AS transaction_id,
  known_only(a['audit.transaction.outcome'], ['autocommit', 'committed', 'rolled_back', 'unknown']) AS transaction_outcome,

  a['error.type'] AS error_type,
  a['error.message'] AS error_message,
  list(a['audit.truncated']) AS truncated,

  if(chained, named(a['audit.attributes']), mapConcat(map('audit.source', 'otlp.logs'), foreign_attributes)) AS attributes,

  if(chained, named_chain, nothing) AS chain_id,
  if(chained, named_sequence, 0) AS sequence,
  if(chained, toUUIDOrZero(a['audit.segment.id']), nothing) AS segment_id,
  toUInt16OrZero(a['audit.schema_version']) AS schema_version
FROM {{database}}.otel_logs
WHERE mapContains(a, 'audit.record.id') OR mapContains(a, 'audit.chain.id')
COMMENT 'What writes to records what a collector inserts into otel_logs. Not to be asked.';

-- What was promised of the segments travels the same way.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.otel_logs_segments TO {{database}}.segments
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
  LogAttributes['audit.seal'] AS seal,
  LogAttributes['audit.shortfall'] AS shortfall,
  LogAttributes['audit.signature'] AS signature,
  LogAttributes['audit.key.id'] AS key_id
FROM {{database}}.otel_logs
WHERE mapContains(LogAttributes, 'audit.seal')
COMMENT 'What writes to segments what a collector inserts into otel_logs. Not to be asked.';

import type { StoredRecord } from './record.js';

/** Where a column stands in an OTLP log record. Maps go as JSON text, so that their order, which is under the digest, stays. */
export type OtlpPlace =
  | { readonly in: 'attributes' | 'resource'; readonly name: string }
  /** A field of the log record itself. */
  | { readonly in: 'field'; readonly name: 'time_unix_nano' | 'severity_text' | 'trace_id' | 'span_id' };

/** Names of the events that travel: a record, and what was promised of a segment. */
export const RECORD_EVENT = 'audit.record';
export const SEGMENT_EVENT = 'audit.segment';

/**
 * THE table between records and OTLP logs: the sink, the views behind the collector's tables and the documentation follow it.
 * What is empty does not travel. Names are those of OpenTelemetry's semantic conventions where there is one of the same
 * meaning, those of its draft for audit logs (`audit.record.id`, `audit.actor.id`, …) where there is one, else ours under `audit.`.
 */
export const OTLP_PLACES: Readonly<Record<keyof StoredRecord, OtlpPlace>> = {
  record_id: attribute('audit.record.id'),
  occurred_at: field('time_unix_nano'),
  /** Microseconds since the epoch: the collector's exporter stores no observed time. */
  recorded_at: attribute('audit.recorded_at'),
  duration_us: attribute('audit.duration_us'),

  category: attribute('audit.category'),
  action: attribute('audit.action'),
  outcome: attribute('audit.outcome'),
  severity: field('severity_text'),
  policy_level: attribute('audit.policy.level'),
  policy_rule: attribute('audit.policy.rule'),

  actor_type: attribute('audit.actor.type'),
  actor_id: attribute('audit.actor.id'),
  actor_name: attribute('audit.actor.name'),
  actor_roles: attribute('audit.actor.roles'),
  tenant_id: attribute('audit.tenant.id'),
  impersonator_id: attribute('audit.impersonator.id'),
  session_id: attribute('audit.session.id'),
  auth_method: attribute('audit.auth.method'),
  auth_issuer: attribute('audit.auth.issuer'),
  actor_assurance: attribute('audit.actor.assurance'),

  source_address: attribute('client.address'),
  source_port: attribute('client.port'),
  user_agent: attribute('user_agent.original'),
  service_name: resource('service.name'),
  service_version: resource('service.version'),
  service_instance: resource('service.instance.id'),
  environment: resource('deployment.environment.name'),
  host_name: resource('host.name'),
  process_id: resource('process.pid'),

  trace_id: field('trace_id'),
  span_id: field('span_id'),
  parent_span_id: attribute('audit.parent_span.id'),
  correlation_id: attribute('audit.correlation.id'),
  request_id: attribute('audit.request.id'),

  target_type: attribute('audit.target.type'),
  target_id: attribute('audit.target.id'),
  target_ids: attribute('audit.target.ids'),
  target_tables: attribute('audit.target.tables'),
  changed_fields: attribute('audit.changed_fields'),
  new_values: attribute('audit.new_values'),
  old_values: attribute('audit.old_values'),

  http_method: attribute('http.request.method'),
  http_route: attribute('http.route'),
  url_path: attribute('url.path'),
  url_query: attribute('url.query'),
  http_status: attribute('http.response.status_code'),
  request_size: attribute('http.request.body.size'),
  response_size: attribute('http.response.body.size'),
  request_body: attribute('audit.request.body'),
  response_body: attribute('audit.response.body'),

  db_system: attribute('db.system.name'),
  db_namespace: attribute('db.namespace'),
  db_statement: attribute('db.query.text'),
  db_parameters: attribute('audit.db.parameters'),
  db_returned: attribute('audit.db.returned'),
  db_rows: attribute('audit.db.rows'),
  db_backend_pid: attribute('audit.db.backend_pid'),
  transaction_id: attribute('audit.transaction.id'),
  transaction_outcome: attribute('audit.transaction.outcome'),

  error_type: attribute('error.type'),
  error_message: attribute('error.message'),
  truncated: attribute('audit.truncated'),

  attributes: attribute('audit.attributes'),

  chain_id: attribute('audit.chain.id'),
  sequence: attribute('audit.sequence'),
  segment_id: attribute('audit.segment.id'),
  schema_version: attribute('audit.schema_version'),
};

/** The columns of `audit.segments` that are inserted, as attributes of the event `audit.segment`. */
export const OTLP_SEGMENT_ATTRIBUTES = {
  seal: 'audit.seal',
  shortfall: 'audit.shortfall',
  signature: 'audit.signature',
  key_id: 'audit.key.id',
} as const;

/** Where an id stands that is none of W3C Trace Context, and so cannot stand in the field: nothing is dropped, nothing is changed. */
export const OTLP_ODD_IDS = { trace_id: 'audit.trace.id', span_id: 'audit.span.id' } as const;

function attribute(name: string): OtlpPlace {
  return { in: 'attributes', name };
}

function resource(name: string): OtlpPlace {
  return { in: 'resource', name };
}

function field(name: Extract<OtlpPlace, { in: 'field' }>['name']): OtlpPlace {
  return { in: 'field', name };
}

import { hostname } from 'node:os';
import type { ServiceConfig } from '../config/config.js';
import type { AuditRecord } from '../record/record.js';

/** A record under construction. */
export type Draft = { -readonly [Name in keyof AuditRecord]: AuditRecord[Name] };

const NO_STRINGS: readonly string[] = Object.freeze([]);
/** What stands for no request in a column that cannot be empty. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';
const NO_VALUES: Readonly<Record<string, string>> = Object.freeze({});

/** Makes records in which every column is there and says "unknown", but for what is the same for the whole process. */
export function createBlankRecord(service: ServiceConfig): () => Draft {
  const blank: Draft = {
    record_id: '',
    occurred_at: 0n,
    recorded_at: 0n,
    duration_us: 0,
    category: 'app',
    action: 'other',
    outcome: 'unknown',
    severity: 'info',
    policy_level: '',
    policy_rule: '',
    actor_type: 'anonymous',
    actor_id: '',
    actor_name: '',
    actor_roles: NO_STRINGS,
    tenant_id: '',
    impersonator_id: '',
    session_id: '',
    auth_method: '',
    auth_issuer: '',
    actor_assurance: 'none',
    source_address: '',
    source_port: 0,
    user_agent: '',
    service_name: service.name,
    service_version: service.version,
    service_instance: service.instance,
    environment: service.environment,
    host_name: hostname(),
    process_id: process.pid,
    trace_id: '',
    span_id: '',
    parent_span_id: '',
    correlation_id: '',
    request_id: NO_UUID,
    target_type: '',
    target_id: '',
    target_ids: NO_STRINGS,
    target_tables: NO_STRINGS,
    changed_fields: NO_STRINGS,
    new_values: NO_VALUES,
    old_values: NO_VALUES,
    http_method: '',
    http_route: '',
    url_path: '',
    url_query: '',
    http_status: 0,
    request_size: 0,
    response_size: 0,
    request_body: '',
    response_body: '',
    db_system: '',
    db_namespace: '',
    db_statement: '',
    db_parameters: NO_STRINGS,
    db_returned: NO_STRINGS,
    db_rows: 0,
    db_backend_pid: 0,
    transaction_id: '',
    transaction_outcome: '',
    error_type: '',
    error_message: '',
    truncated: NO_STRINGS,
    attributes: NO_VALUES,
  };
  return () => ({ ...blank });
}

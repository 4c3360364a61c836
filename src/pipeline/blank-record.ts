import { hostname } from 'node:os';
import type { ServiceConfig } from '../config/config.js';
import type { Actor } from '../record/actor.js';
import type { OfProcess } from '../record/process-columns.js';
import { NO_STRINGS, NO_VALUES } from '../record/record.js';
import type { AuditRecord } from '../record/record.js';
import type { OutputColumn } from '../sql/output-columns.js';
import {
  ACTOR,
  AWAITS_ROUTE,
  KEY_COLUMNS,
  LISTS,
  OUTPUT_COLUMNS,
  PARAMETER_USES,
  RETURNED_VALUES,
} from './draft-notes.js';
import type { ParameterUses } from './statements/parameters.js';
import type { ReturnedValues } from './statements/returned-values.js';

/** What stands for no request in a column that cannot be empty. */
export const NO_UUID = '00000000-0000-0000-0000-000000000000';

type Columns = { -readonly [Name in keyof AuditRecord]: AuditRecord[Name] };

/**
 * A record under construction, at first with every column saying "unknown".
 * NOTE: everything is there from the beginning and in one order, so that code which goes through drafts sees one kind of object.
 */
export class Draft implements Columns {
  record_id = '';
  occurred_at = 0n;
  recorded_at = 0n;
  duration_us = 0;
  category = 'app';
  action = 'other';
  outcome = 'unknown';
  severity = 'info';
  policy_level = '';
  policy_rule = '';
  actor_type = 'anonymous';
  actor_id = '';
  actor_name = '';
  actor_roles = NO_STRINGS;
  tenant_id = '';
  impersonator_id = '';
  session_id = '';
  auth_method = '';
  auth_issuer = '';
  actor_assurance = 'none';
  source_address = '';
  source_port = 0;
  user_agent = '';
  service_name: string;
  service_version: string;
  service_instance: string;
  environment: string;
  host_name: string;
  process_id: number;
  trace_id = '';
  span_id = '';
  parent_span_id = '';
  correlation_id = '';
  request_id = NO_UUID;
  target_type = '';
  target_id = '';
  target_ids = NO_STRINGS;
  target_tables = NO_STRINGS;
  changed_fields = NO_STRINGS;
  new_values = NO_VALUES;
  old_values = NO_VALUES;
  http_method = '';
  http_route = '';
  url_path = '';
  url_query = '';
  http_status = 0;
  request_size = 0;
  response_size = 0;
  request_body = '';
  response_body = '';
  db_system = '';
  db_namespace = '';
  db_statement = '';
  db_parameters = NO_STRINGS;
  db_returned = NO_STRINGS;
  db_rows = 0;
  db_backend_pid = 0;
  transaction_id = '';
  transaction_outcome = '';
  error_type = '';
  error_message = '';
  truncated = NO_STRINGS;
  attributes = NO_VALUES;

  [ACTOR]: Actor | undefined = undefined;
  [AWAITS_ROUTE] = false;
  [KEY_COLUMNS]: readonly string[] | undefined = undefined;
  [LISTS]: readonly string[] | undefined = undefined;
  [OUTPUT_COLUMNS]: readonly OutputColumn[] | undefined = undefined;
  [PARAMETER_USES]: ParameterUses | undefined = undefined;
  [RETURNED_VALUES]: ReturnedValues | undefined = undefined;

  constructor(process: OfProcess) {
    this.service_name = process.service_name;
    this.service_version = process.service_version;
    this.service_instance = process.service_instance;
    this.environment = process.environment;
    this.host_name = process.host_name;
    this.process_id = process.process_id;
  }
}

/** Makes drafts of records. */
export function createBlankRecord(service: ServiceConfig): () => Draft {
  const ofProcess: OfProcess = {
    service_name: service.name,
    service_version: service.version,
    service_instance: service.instance,
    environment: service.environment,
    host_name: hostname(),
    process_id: process.pid,
  };
  return () => new Draft(ofProcess);
}

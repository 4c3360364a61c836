import { Buffer } from 'node:buffer';
import { writeActor } from './actor-columns.js';
import type { OfActor } from './actor-columns.js';
import { COLUMNS } from './columns.js';
import { writeProcess } from './process-columns.js';
import type { OfProcess } from './process-columns.js';
import type { AuditRecord, Place } from './record.js';
import { RowBinaryWriter } from './row-binary-writer.js';
import { RepeatedUuid } from './uuid-bytes.js';

/** Ids that rows share with those around them: a request has the id of its own record, a statement that of its request. */
const [REQUEST, CHAIN, SEGMENT] = [new RepeatedUuid(), new RepeatedUuid(), new RepeatedUuid()];

const OWN = COLUMNS.map(({ name, type }) => [name, type] as const);

/** Room for names and types of some 70 columns. */
const HEADER_BYTES = 4 * 1024;

/** Numbers come from servers and clocks: what does not fit becomes 0 ("unknown") or the largest that does. */
function whole(value: number, most: number): number {
  return value > 0 ? Math.min(Math.floor(value), most) : 0;
}

/**
 * Appends one record as a row of RowBinary; a record that cannot be encoded leaves no bytes behind.
 *
 * @param place Where it stands in its chain and segment.
 */
export function encodeRecord(writer: RowBinaryWriter, record: AuditRecord, place: Place): void {
  try {
    writeOrigin(writer, record);
    writeDeed(writer, record);
    writePlace(writer, place);
  } catch (error) {
    writer.forgetRow();
    throw error;
  }
  writer.endRow();
}

/*
 * NOTE: column by column in the order of the list, as the table has them: a loop over the list with a function for each type
 * takes three times as long. A test reads what was written back by the list.
 */

function writeOrigin(writer: RowBinaryWriter, record: AuditRecord): void {
  if (record.record_id === record.request_id) writer.uuidAgain(record.record_id, REQUEST);
  else writer.uuid(record.record_id);
  writer.int64(record.occurred_at);
  writer.int64(record.recorded_at);
  writer.uint64(whole(record.duration_us, Number.MAX_SAFE_INTEGER));
  writer.string(record.category);
  writer.string(record.action);
  writer.string(record.outcome);
  writer.string(record.severity);
  writer.string(record.policy_level);
  writer.string(record.policy_rule);
  writeActor(writer, record, writeOfActor);
  writer.address(record.source_address);
  writer.uint16(whole(record.source_port, 0xffff));
  writer.string(record.user_agent);
  writeProcess(writer, record, writeOfProcess);
  writer.string(record.trace_id);
  writer.string(record.span_id);
  writer.string(record.parent_span_id);
  writer.string(record.correlation_id);
  writer.uuidAgain(record.request_id, REQUEST);
}

function writeOfActor(writer: RowBinaryWriter, record: OfActor): void {
  writer.string(record.actor_type);
  writer.string(record.actor_id);
  writer.string(record.actor_name);
  writer.strings(record.actor_roles);
  writer.string(record.tenant_id);
  writer.string(record.impersonator_id);
  writer.string(record.session_id);
  writer.string(record.auth_method);
  writer.string(record.auth_issuer);
  writer.string(record.actor_assurance);
}

function writeOfProcess(writer: RowBinaryWriter, record: OfProcess): void {
  writer.string(record.service_name);
  writer.string(record.service_version);
  writer.string(record.service_instance);
  writer.string(record.environment);
  writer.string(record.host_name);
  writer.uint32(whole(record.process_id, 0xffff_ffff));
}

function writeDeed(writer: RowBinaryWriter, record: AuditRecord): void {
  writer.string(record.target_type);
  writer.string(record.target_id);
  writer.strings(record.target_ids);
  writer.strings(record.target_tables);
  writer.strings(record.changed_fields);
  writer.map(record.new_values);
  writer.map(record.old_values);
  writer.string(record.http_method);
  writer.string(record.http_route);
  writer.string(record.url_path);
  writer.string(record.url_query);
  writer.uint16(whole(record.http_status, 0xffff));
  writer.uint64(whole(record.request_size, Number.MAX_SAFE_INTEGER));
  writer.uint64(whole(record.response_size, Number.MAX_SAFE_INTEGER));
  writer.string(record.request_body);
  writer.string(record.response_body);
  writer.string(record.db_system);
  writer.string(record.db_namespace);
  writer.string(record.db_statement);
  writer.strings(record.db_parameters);
  writer.strings(record.db_returned);
  writer.uint64(whole(record.db_rows, Number.MAX_SAFE_INTEGER));
  writer.uint32(whole(record.db_backend_pid, 0xffff_ffff));
  writer.string(record.transaction_id);
  writer.string(record.transaction_outcome);
  writer.string(record.error_type);
  writer.string(record.error_message);
  writer.strings(record.truncated);
  writer.map(record.attributes);
}

function writePlace(writer: RowBinaryWriter, place: Place): void {
  writer.uuidAgain(place.chain_id, CHAIN);
  writer.uint64(whole(place.sequence, Number.MAX_SAFE_INTEGER));
  writer.uuidAgain(place.segment_id, SEGMENT);
  writer.uint16(whole(place.schema_version, 0xffff));
}

/**
 * What comes before the rows in RowBinaryWithNamesAndTypes: the columns by name and exact type.
 *
 * @param columns Of rows that another version wrote. @default this version's
 */
export function encodeHeader(columns: readonly (readonly [name: string, type: string])[] = OWN): Buffer {
  const writer = new RowBinaryWriter(Buffer.allocUnsafeSlow(HEADER_BYTES));
  writer.varint(columns.length);
  for (const [name] of columns) writer.string(name);
  for (const [, type] of columns) writer.string(type);
  return writer.take();
}

import type { AuditRecord } from './record.js';
import type { RowBinaryWriter } from './row-binary-writer.js';

type ProcessColumn =
  'service_name' | 'service_version' | 'service_instance' | 'environment' | 'host_name' | 'process_id';

/** Columns that are the same in all records of a process. They stand together, and are encoded once. */
export type OfProcess = Pick<AuditRecord, ProcessColumn>;

let last: OfProcess | undefined;
let lastBytes: Uint8Array = new Uint8Array();

/** @param write Writes them one by one. */
export function writeProcess(
  writer: RowBinaryWriter,
  record: OfProcess,
  write: (writer: RowBinaryWriter, record: OfProcess) => void,
): void {
  if (last !== undefined && isSame(last, record)) {
    writer.bytes(lastBytes);
    return;
  }
  const start = writer.rowLength;
  write(writer, record);
  lastBytes = writer.rowFrom(start);
  const { service_name, service_version, service_instance, environment, host_name, process_id } = record;
  last = { service_name, service_version, service_instance, environment, host_name, process_id };
}

function isSame(one: OfProcess, other: OfProcess): boolean {
  return (
    one.service_name === other.service_name &&
    one.service_version === other.service_version &&
    one.service_instance === other.service_instance &&
    one.environment === other.environment &&
    one.host_name === other.host_name &&
    one.process_id === other.process_id
  );
}

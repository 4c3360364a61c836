import type { Ask } from './ask.js';
import { selectRecords, toFoundRecord } from './found-record.js';
import type { FoundRow } from './found-record.js';
import type { FoundRecord } from './search.js';

const MOST_RECORDS = 5_000;
const NO_REQUEST = '00000000-0000-0000-0000-000000000000';

/** One record by its id. */
export async function readRecord(
  ask: Ask,
  database: string,
  recordId: string,
  signal?: AbortSignal,
): Promise<FoundRecord | undefined> {
  const rows = await ask<FoundRow>(
    `${selectRecords(database, 'record_id = {record:UUID}')} ORDER BY settled.ingested_at LIMIT 1`,
    { record: recordId },
    signal,
  );
  return rows[0] === undefined ? undefined : toFoundRecord(rows[0]);
}

/**
 * What belongs together with a record: its request with everything that the request caused, or its transaction where it
 * belongs to no request. In the order in which it began. Never by trace or correlation id: those a client chooses.
 */
export async function readRequest(
  ask: Ask,
  database: string,
  record: FoundRecord,
  signal?: AbortSignal,
): Promise<readonly FoundRecord[]> {
  const requestId = record.category === 'http' ? record.record_id : String(record['request_id']);
  const transactionId = String(record['transaction_id']);
  const condition =
    requestId !== NO_REQUEST
      ? 'request_id = {request:UUID} OR record_id = {request:UUID}'
      : transactionId !== ''
        ? 'transaction_id = {transaction:String}'
        : 'record_id = {record:UUID}';
  const rows = await ask<FoundRow>(
    `${selectRecords(database, `(${condition})`)}
     ORDER BY settled.occurred_at, settled.chain_id, settled.sequence, settled.record_id
     LIMIT ${MOST_RECORDS}`,
    { request: requestId, transaction: transactionId, record: record.record_id },
    signal,
  );
  return rows.map(toFoundRecord);
}

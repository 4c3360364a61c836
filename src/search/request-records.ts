import type { RecordLoader } from './record-loader.js';
import type { FoundRecord } from './search.js';

/** As many ids as the store takes for one parameter, 128 KiB of them. */
const MOST_RECORDS = 2_000;
const NO_REQUEST = '00000000-0000-0000-0000-000000000000';

/** One record by its id; the first that arrived, where somebody has used it again. */
export async function readRecord(
  loader: RecordLoader,
  recordId: string,
  signal?: AbortSignal,
): Promise<FoundRecord | undefined> {
  const places = await loader.places(
    { sql: 'record_id = {record:UUID}', parameters: { record: recordId } },
    'ORDER BY ingested_at LIMIT 1',
    signal,
  );
  return (await loader.load(places, signal))[0];
}

/**
 * What belongs together with a record: its request with everything that the request caused, or its transaction where it
 * belongs to no request. In the order in which it began. Never by trace or correlation id: those a client chooses.
 */
export async function readRequest(
  loader: RecordLoader,
  record: FoundRecord,
  signal?: AbortSignal,
): Promise<readonly FoundRecord[]> {
  const places = await loader.places(
    belongsTo(record),
    `ORDER BY occurred_at, chain_id, sequence, record_id LIMIT ${MOST_RECORDS}`,
    signal,
  );
  return await loader.load(places, signal);
}

function belongsTo(record: FoundRecord): { sql: string; parameters: Record<string, string> } {
  const request = record.category === 'http' ? record.record_id : String(record['request_id']);
  const transaction = String(record['transaction_id']);
  if (request !== NO_REQUEST) {
    return { sql: '(request_id = {request:UUID} OR record_id = {request:UUID})', parameters: { request } };
  }
  if (transaction !== '') {
    return { sql: 'transaction_id = {transaction:String}', parameters: { transaction } };
  }
  return { sql: 'record_id = {record:UUID}', parameters: { record: record.record_id } };
}

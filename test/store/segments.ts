import { OpenSegment } from '../../src/delivery/segment.ts';
import type { NamedType, Segment } from '../../src/delivery/segment.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { uuidV4, uuidV7 } from '../../src/record/uuid.ts';
import { storedRecord } from '../record/records.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

/** Half a second before midnight at the end of October 2026, in nanoseconds since the epoch. */
export const END_OF_MONTH = BigInt(Date.UTC(2026, 9, 31, 23, 59, 59, 500)) * 1_000_000n;

/** A segment of the records, numbered as one piece of its chain. */
export function segmentOf(
  records: readonly Partial<StoredRecord>[],
  { chain = uuidV4(), first = 1, id = uuidV4() } = {},
): Segment {
  const segment = new OpenSegment(chain, first, id);
  records.forEach((record, index) =>
    segment.append(
      storedRecord({
        record_id: uuidV7(),
        ...record,
        chain_id: chain,
        segment_id: id,
        sequence: first + index,
      }),
    ),
  );
  return segment.seal();
}

/** Inserts what a shipper would, under any token. */
export async function insertSegment(
  store: Pick<TestClickHouse, 'url'>,
  segment: Segment,
  token: string,
): Promise<void> {
  const url = new URL(store.url);
  url.searchParams.set('query', insertStatement(segment.columns));
  url.searchParams.set('insert_deduplication_token', token);
  url.searchParams.set('async_insert', '0');
  const answer = await fetch(url, { method: 'POST', body: Buffer.concat([segment.header, segment.rows]) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
}

function insertStatement(columns: readonly NamedType[]): string {
  return `INSERT INTO audit.records (${columns.map(([name]) => name).join(', ')}) FORMAT RowBinaryWithNamesAndTypes`;
}

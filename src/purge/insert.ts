import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Segment } from '../delivery/segment.js';
import { certificateToken } from '../integrity/certificate.js';
import type { Certificate } from '../integrity/certificate.js';
import type { Amendment } from '../integrity/purge.js';
import type { Register } from './register.js';

/** Inserts under tokens like those of delivery, so that what is sent again adds nothing. */
function settings(token: string): Record<string, string | number> {
  return {
    async_insert: 0,
    insert_deduplicate: 1,
    insert_deduplication_token: token,
    distributed_foreground_insert: 1,
    wait_end_of_query: 1,
  };
}

export async function insertRows({ client, records }: Register, segment: Segment): Promise<void> {
  const columns = segment.columns.map(([name]) => name).join(', ');
  const { stream } = await client.exec({
    query: `INSERT INTO ${records} (${columns}) FORMAT RowBinaryWithNamesAndTypes`,
    values: Readable.from([segment.header, segment.rows], { objectMode: false }),
    clickhouse_settings: settings(segment.id),
  });
  // NOTE: an insert answers nothing, but an undrained answer keeps its connection.
  await finished(stream.resume());
}

export async function insertSeal(
  { client, segments }: Register,
  segmentId: string,
  certificate: Certificate,
): Promise<void> {
  const { seal, shortfall, signature, keyId } = certificate;
  await client.insert({
    table: segments,
    columns: ['seal', 'shortfall', 'signature', 'key_id'],
    values: [{ seal, shortfall, signature, key_id: keyId }],
    format: 'JSONEachRow',
    clickhouse_settings: settings(certificateToken(segmentId, certificate)),
  });
}

/** @param part Tells the inserts of one purge apart. */
export async function insertAmendments(
  { client, purges }: Register,
  purge: string,
  part: number,
  amendments: readonly Amendment[],
): Promise<void> {
  await client.insert({
    table: purges,
    columns: ['purge_id', 'segment_id', 'rows_left', 'digest_left'],
    values: amendments.map(({ segment, rowsLeft, digestLeft }) => ({
      purge_id: purge,
      segment_id: segment,
      rows_left: rowsLeft,
      digest_left: digestLeft,
    })),
    format: 'JSONEachRow',
    clickhouse_settings: settings(`${purge}/${part}`),
  });
}

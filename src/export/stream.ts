import { Buffer } from 'node:buffer';
import type { Search } from '../search/search.js';
import type { ClickHouseClient } from '../store/client.js';
import { WRITERS } from './formats.js';
import type { LineFormat } from './formats.js';
import { readRecords } from './records.js';
import { readExtent, storeTime } from './selection.js';

/**
 * Everything that a search finds, the oldest first, in one of the formats. It takes as much memory as one window, whatever the
 * number of records, and waits for who reads it. `audit_reader` may do it.
 *
 * @throws SearchError for a search that cannot be understood, before the first bytes
 */
export async function* exportRecords(
  client: ClickHouseClient,
  database: string,
  search: Search,
  format: LineFormat,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const selection = { search, takenInBy: await storeTime(client, signal) };
  const source = { client, database, selection, signal };
  const { span } = await readExtent(source);
  const { header } = WRITERS[format];
  if (header !== '') yield Buffer.from(header);
  if (span === undefined) return;
  for await (const { bytes } of readRecords(source, format, span, signal)) if (bytes.length > 0) yield bytes;
}

import { createHash } from 'node:crypto';
import { COLUMNS } from '../record/columns.js';
import { ExportError } from './errors.js';
import type { Written } from './export-file.js';
import type { WriteBytes } from './export-pipe.js';
import { writeAtOnce } from './partial-file.js';
import { patiently } from './patiently.js';
import { selectSettled } from './select-settled.js';
import { conditionWithin, readExtent } from './selection.js';
import type { Source, Span } from './selection.js';

/** At both ends of a Parquet file. */
const MAGIC = 'PAR1';

/** Numbers as such, and identities as texts: not every reader of Parquet knows what 16 bytes mean. */
const TYPED = COLUMNS.flatMap(({ name, type }) => {
  if (type === 'UInt64') return [`toUInt64(${name}) AS ${name}`];
  return type === 'UUID' ? [`toString(${name}) AS ${name}`] : [];
});

/**
 * One file, as ClickHouse writes it. Its end says where everything is, so that nobody can go on with a part of it: an export that is
 * interrupted begins from nothing.
 */
export async function exportParquetFile(
  source: Source,
  path: string,
  isForced: boolean,
  signal: AbortSignal,
): Promise<Written> {
  return await writeAtOnce(path, isForced, (write) => exportParquet(source, write, signal));
}

/** @throws ExportError when the store ended the file in its middle, or what it has of the selection changed meanwhile */
export async function exportParquet(
  source: Source,
  write: WriteBytes,
  signal: AbortSignal,
): Promise<Written> {
  const before = await readExtent(source);
  const digest = createHash('sha256');
  let bytes = 0;
  let end = '';
  // NOTE: without records there is still a file, with all its columns.
  for await (const chunk of readParquet(source, before.span ?? { from: 0n, to: 1n }, signal)) {
    digest.update(chunk);
    bytes += chunk.length;
    end = (end + chunk.subarray(-MAGIC.length).toString('latin1')).slice(-MAGIC.length);
    await write(chunk);
  }
  if (end !== MAGIC) throw new ExportError('The store ended the file in its middle: export it again.');
  const extent = await readExtent(source);
  // The number of records is only known by what the store had before and after.
  if (extent.records !== before.records)
    throw new ExportError(
      `The store had ${before.records} records of this selection when the export began and has ${extent.records} now: export it again.`,
    );
  const { records } = before;
  return { isWhole: true, records, bytes, sha256: digest.digest('hex'), extent, selection: source.selection };
}

async function* readParquet(source: Source, span: Span, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { sql, parameters } = conditionWithin(source, span);
  const { stream } = await patiently((settings) =>
    source.client.exec({
      query: `SELECT * REPLACE (${TYPED.join(', ')})
        FROM (${selectSettled(source.database, sql)})
        ORDER BY occurred_at, record_id, chain_id, sequence
        FORMAT Parquet`,
      query_params: { ...parameters },
      clickhouse_settings: settings,
      abort_signal: signal,
    }),
  );
  yield* stream as AsyncIterable<Buffer>;
}

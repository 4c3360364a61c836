import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { COLUMNS } from '../record/columns.js';
import { ARCHIVE_MAGIC, encodeFrame } from './archive.js';
import type { Frame } from './archive.js';
import type { EvidenceSource, SegmentEvidence } from './evidence.js';
import type { Amendment } from './purge.js';
import { readSeal } from './read-seal.js';
import type { Period } from './report.js';
import { columnsOf } from './schema-columns.js';

export interface ArchiveTotals {
  entries: number;
  segments: number;
  rows: number;
}

/** Amendments of one frame. */
const FRAME_AMENDMENTS = 1_000;

/** Writes everything that verification asks of a source into one file, which appears when it is whole. */
export async function exportArchive(
  source: EvidenceSource,
  period: Period,
  path: string,
  onProgress: (done: number, of: number) => void = () => undefined,
): Promise<ArchiveTotals> {
  const partial = `${path}.${process.pid}.partial`;
  const file = await open(partial, 'wx', 0o600);
  try {
    const gzip = createGzip();
    const output = gzip.pipe(file.createWriteStream({ flush: true }));
    const written = finished(output);
    // NOTE: awaited below; a failure while frames are still written must not be nobody's.
    written.catch((error: Error) => gzip.destroy(error));
    const totals = await writeFrames(source, period, new FrameWriter(gzip), onProgress);
    gzip.end();
    await written;
    await rename(partial, path);
    return totals;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

class FrameWriter {
  readonly #output: NodeJS.WritableStream;
  readonly #digest = createHash('sha256');

  constructor(output: NodeJS.WritableStream) {
    this.#output = output;
  }

  async begin(): Promise<void> {
    this.#digest.update(ARCHIVE_MAGIC);
    await this.#write(ARCHIVE_MAGIC);
  }

  async write(frame: Frame): Promise<void> {
    const bytes = encodeFrame(frame);
    this.#digest.update(bytes);
    await this.#write(bytes);
  }

  async end(): Promise<void> {
    await this.#write(encodeFrame({ kind: 'Z', value: { digest: this.#digest.digest('hex') } }));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (!this.#output.write(bytes)) await once(this.#output, 'drain');
  }
}

async function writeFrames(
  source: EvidenceSource,
  period: Period,
  writer: FrameWriter,
  onProgress: (done: number, of: number) => void,
): Promise<ArchiveTotals> {
  const totals: ArchiveTotals = { entries: 0, segments: 0, rows: 0 };
  const purges = new Set<string>();
  const whole = source.size.entries + source.size.rows;
  await writer.begin();
  const { nowMillis, name, keptDays, size } = source;
  await writer.write({
    kind: 'H',
    value: {
      format: 1,
      exportedAtMillis: nowMillis,
      source: name,
      period,
      keptDays: Number.isFinite(keptDays) ? keptDays : null,
      size,
    },
  });
  for await (const entry of source.entries()) {
    await writer.write({ kind: 'E', value: entry });
    totals.entries += 1;
    onProgress(totals.entries, whole);
  }
  for await (const evidence of source.segments()) {
    totals.segments += 1;
    totals.rows += await writeSegment(writer, evidence, false);
    for (const purge of await purgesOf(source, evidence)) purges.add(purge);
    onProgress(Math.min(totals.entries + totals.rows, whole), whole);
  }
  for await (const stray of source.strays()) await writer.write({ kind: 'T', value: stray });
  for (const purge of purges) await writePurge(source, writer, purge);
  await writer.end();
  return totals;
}

async function writeSegment(
  writer: FrameWriter,
  evidence: SegmentEvidence,
  isOfPurge: boolean,
): Promise<number> {
  const [entry] = evidence.entries;
  const schema = readSeal(entry?.certificate.seal ?? '')?.schema ?? 0;
  const names = new Set(columnsOf(schema));
  const rows = await evidence.rows();
  const columns = COLUMNS.filter(({ name }) => names.has(name));
  await writer.write({
    kind: 'S',
    value: {
      entries: evidence.entries,
      isOfPurge,
      columns: columns.map(({ name, type }) => [name, type] as const),
      rows: rows.map(
        (row) => [row.sequence, row.ingestedAtMillis, row.occurredAt, row.bytes.length] as const,
      ),
    },
  });
  await writer.write({ kind: 'R', value: Buffer.concat(rows.map(({ bytes }) => bytes)) });
  return rows.length;
}

/** Purges that may have taken rows of a segment: only one that is not whole needs them. */
async function purgesOf(source: EvidenceSource, { entries, stored }: SegmentEvidence): Promise<string[]> {
  const [entry] = entries;
  const seal = readSeal(entry?.certificate.seal ?? '');
  if (entry === undefined || seal?.digest === stored.digest) return [];
  return (await source.amendments(entry.columns.segment)).map(({ purge }) => purge);
}

async function writePurge(source: EvidenceSource, writer: FrameWriter, purge: string): Promise<void> {
  const records = await source.purgeRecords(purge);
  await writer.write({ kind: 'P', value: { purge, records } });
  for (const { chain, segment } of records) {
    const evidence = await source.segmentOf(chain, segment);
    if (evidence !== undefined) await writeSegment(writer, evidence, true);
  }
  let amendments: Amendment[] = [];
  for await (const amendment of source.amendmentsOf(purge)) {
    amendments.push(amendment);
    if (amendments.length < FRAME_AMENDMENTS) continue;
    await writer.write({ kind: 'A', value: { purge, amendments } });
    amendments = [];
  }
  await writer.write({ kind: 'A', value: { purge, amendments } });
}

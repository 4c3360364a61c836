import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
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

export interface ArchiveOutput {
  /** Waits until the bytes are taken. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Writes everything that verification asks of a source. */
export async function exportArchive(
  source: EvidenceSource,
  period: Period,
  { write, onProgress = () => undefined, signal }: ArchiveOutput,
): Promise<ArchiveTotals> {
  const totals: ArchiveTotals = { entries: 0, segments: 0, rows: 0 };
  await pipeline(
    async function* (): AsyncGenerator<Uint8Array> {
      const digest = createHash('sha256').update(ARCHIVE_MAGIC);
      yield ARCHIVE_MAGIC;
      for await (const frame of framesOf(source, period, totals, onProgress)) {
        signal?.throwIfAborted();
        const bytes = encodeFrame(frame);
        digest.update(bytes);
        yield bytes;
      }
      yield encodeFrame({ kind: 'Z', value: { digest: digest.digest('hex') } });
    },
    createGzip(),
    async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await write(chunk);
    },
  );
  return totals;
}

async function* framesOf(
  source: EvidenceSource,
  period: Period,
  totals: ArchiveTotals,
  onProgress: (done: number, of: number) => void,
): AsyncGenerator<Frame> {
  const purges = new Set<string>();
  const whole = source.size.entries + source.size.rows;
  const { nowMillis, name, keptDays, size } = source;
  yield {
    kind: 'H',
    value: {
      format: 1,
      exportedAtMillis: nowMillis,
      source: name,
      period,
      keptDays: Number.isFinite(keptDays) ? keptDays : null,
      size,
    },
  };
  for await (const entry of source.entries()) {
    yield { kind: 'E', value: entry };
    totals.entries += 1;
    onProgress(totals.entries, whole);
  }
  for await (const evidence of source.segments()) {
    totals.segments += 1;
    totals.rows += yield* segmentFrames(evidence, false);
    for (const purge of await purgesOf(source, evidence)) purges.add(purge);
    onProgress(Math.min(totals.entries + totals.rows, whole), whole);
  }
  for await (const stray of source.strays()) yield { kind: 'T', value: stray };
  for (const purge of purges) yield* purgeFrames(source, purge);
}

/** Returns how many rows they hold. */
async function* segmentFrames(evidence: SegmentEvidence, isOfPurge: boolean): AsyncGenerator<Frame, number> {
  const [entry] = evidence.entries;
  const schema = readSeal(entry?.certificate.seal ?? '')?.schema ?? 0;
  const names = new Set(columnsOf(schema));
  const rows = await evidence.rows();
  const columns = COLUMNS.filter(({ name }) => names.has(name));
  yield {
    kind: 'S',
    value: {
      entries: evidence.entries,
      isOfPurge,
      columns: columns.map(({ name, type }) => [name, type] as const),
      rows: rows.map(
        (row) => [row.sequence, row.ingestedAtMillis, row.occurredAt, row.bytes.length] as const,
      ),
    },
  };
  yield { kind: 'R', value: Buffer.concat(rows.map(({ bytes }) => bytes)) };
  return rows.length;
}

/** Purges that may have taken rows of a segment: only one that is not whole needs them. */
async function purgesOf(source: EvidenceSource, { entries, stored }: SegmentEvidence): Promise<string[]> {
  const [entry] = entries;
  const seal = readSeal(entry?.certificate.seal ?? '');
  if (entry === undefined || seal?.digest === stored.digest) return [];
  return (await source.amendments(entry.columns.segment)).map(({ purge }) => purge);
}

async function* purgeFrames(source: EvidenceSource, purge: string): AsyncGenerator<Frame> {
  const records = await source.purgeRecords(purge);
  yield { kind: 'P', value: { purge, records } };
  for (const { chain, segment } of records) {
    const evidence = await source.segmentOf(chain, segment);
    if (evidence !== undefined) yield* segmentFrames(evidence, true);
  }
  let amendments: Amendment[] = [];
  for await (const amendment of source.amendmentsOf(purge)) {
    amendments.push(amendment);
    if (amendments.length < FRAME_AMENDMENTS) continue;
    yield { kind: 'A', value: { purge, amendments } };
    amendments = [];
  }
  yield { kind: 'A', value: { purge, amendments } };
}

import { createHash } from 'node:crypto';
import type { Buffer } from 'node:buffer';
import { ArchiveError, readArchive } from './archive.js';
import type { ArchiveHead, ArchivedSegment } from './archive.js';
import type {
  ChainPoint,
  Entry,
  EvidenceSource,
  PointHash,
  PurgeRecord,
  SegmentEvidence,
  StoredRow,
  StoredRows,
  StoredSequence,
  Stray,
} from './evidence.js';
import type { Amendment } from './purge.js';
import type { Period } from './report.js';
import { sealHash } from './seal.js';

export interface ArchiveSource extends EvidenceSource {
  readonly period: Period;
}

/**
 * Opens an archive: reads it once from end to end, so that a damaged one is told before anything is said of its content.
 *
 * @throws ArchiveError when it is cut, changed, or none
 */
export async function openArchiveSource(path: string): Promise<ArchiveSource> {
  let head: ArchiveHead | undefined;
  const index: ArchiveIndex = { hashes: new Map(), purges: new Map(), amendments: new Map() };
  for await (const frame of readArchive(path)) {
    if (frame.kind === 'H') head = frame.value;
    if (frame.kind === 'E') addHash(index, frame.value);
    if (frame.kind === 'P') index.purges.set(frame.value.purge, frame.value.records);
    if (frame.kind === 'A') {
      const known = index.amendments.get(frame.value.purge);
      if (known === undefined) index.amendments.set(frame.value.purge, frame.value.amendments);
      else known.push(...frame.value.amendments);
    }
  }
  if (head?.format !== 1)
    throw new ArchiveError(`${path} has no head that this version of audit-register knows.`);
  return new FileArchiveSource(path, head, index);
}

/** What is asked for out of order. */
interface ArchiveIndex {
  readonly hashes: Map<string, string[]>;
  readonly purges: Map<string, readonly PurgeRecord[]>;
  readonly amendments: Map<string, Amendment[]>;
}

class FileArchiveSource implements ArchiveSource {
  readonly name: string;
  readonly nowMillis: number;
  readonly isPartial = true;
  readonly keptDays: number;
  readonly size: { readonly entries: number; readonly rows: number };
  readonly period: Period;
  readonly #path: string;
  readonly #index: ArchiveIndex;

  constructor(path: string, head: ArchiveHead, index: ArchiveIndex) {
    this.name = `archive ${path} of ${head.source}`;
    this.nowMillis = head.exportedAtMillis;
    this.keptDays = head.keptDays ?? Infinity;
    this.size = head.size;
    this.period = head.period;
    this.#path = path;
    this.#index = index;
  }

  async *entries(): AsyncGenerator<Entry> {
    for await (const frame of readArchive(this.#path)) if (frame.kind === 'E') yield frame.value;
  }

  hashesAt(points: readonly ChainPoint[]): Promise<readonly PointHash[]> {
    return Promise.resolve(
      points.flatMap(({ chain, number }) =>
        (this.#index.hashes.get(`${chain}/${number}`) ?? []).map((hash) => ({ chain, number, hash })),
      ),
    );
  }

  async *segments(): AsyncGenerator<SegmentEvidence> {
    for await (const [segment, rows] of this.#archived()) {
      if (!segment.isOfPurge) yield evidenceOf(segment, rows, this.#path);
    }
  }

  async *#archived(): AsyncGenerator<[ArchivedSegment, Buffer]> {
    let segment: ArchivedSegment | undefined;
    for await (const frame of readArchive(this.#path)) {
      if (frame.kind === 'R' && segment !== undefined) yield [segment, frame.value];
      segment = frame.kind === 'S' ? frame.value : undefined;
    }
  }

  async *strays(): AsyncGenerator<Stray> {
    for await (const frame of readArchive(this.#path)) if (frame.kind === 'T') yield frame.value;
  }

  amendments(segment: string): Promise<(Amendment & { purge: string })[]> {
    const found = [...this.#index.amendments].flatMap(([purge, amendments]) =>
      amendments
        .filter((amendment) => amendment.segment === segment)
        .map((amendment) => ({ ...amendment, purge })),
    );
    return Promise.resolve(found);
  }

  purgeRecords(purge: string): Promise<readonly PurgeRecord[]> {
    return Promise.resolve(this.#index.purges.get(purge) ?? []);
  }

  async *amendmentsOf(purge: string): AsyncGenerator<Amendment> {
    yield* this.#index.amendments.get(purge) ?? [];
  }

  async segmentOf(chain: string, segment: string): Promise<SegmentEvidence | undefined> {
    let most: [ArchivedSegment, Buffer] | undefined;
    for await (const found of this.#archived()) {
      const [{ entries, rows }] = found;
      const columns = entries[0]?.columns;
      if (columns?.chain !== chain || columns.segment !== segment) continue;
      // NOTE: entries that say another time of it were exported each with the rows of its time.
      if (most === undefined || rows.length > most[0].rows.length) most = found;
    }
    return most === undefined ? undefined : evidenceOf(...most, this.#path);
  }
}

function addHash({ hashes }: ArchiveIndex, { columns, certificate }: Entry): void {
  const key = `${columns.chain}/${columns.number}`;
  hashes.set(key, [...(hashes.get(key) ?? []), sealHash(certificate.seal)]);
}

function evidenceOf(segment: ArchivedSegment, bytes: Buffer, path: string): SegmentEvidence {
  const rows = cut(segment, bytes, path);
  return {
    entries: segment.entries,
    stored: sumUp(rows),
    sequences: () => Promise.resolve(sequencesOf(rows)),
    rows: () => Promise.resolve(rows),
  };
}

function cut({ rows }: ArchivedSegment, bytes: Buffer, path: string): StoredRow[] {
  let at = 0;
  const cuts = rows.map(([sequence, ingestedAtMillis, occurredAt, length]) => {
    const row = { sequence, ingestedAtMillis, occurredAt, bytes: bytes.subarray(at, at + length) };
    at += length;
    return row;
  });
  if (at !== bytes.length)
    throw new ArchiveError(`${path} is damaged: rows of a segment are not as long as it says.`);
  return cuts;
}

function sumUp(rows: readonly StoredRow[]): StoredRows {
  const ordered = [...variantsOf(rows)].sort(([a], [b]) => a - b);
  const digest = createHash('sha256');
  for (const [, variants] of ordered) for (const { bytes } of variants) digest.update(bytes);
  return {
    rows: rows.length,
    distinct: ordered.reduce((sum, [, variants]) => sum + variants.length, 0),
    sequences: ordered.length,
    digest: digest.digest('hex'),
    occurredFrom: rows.reduce(
      (least, { occurredAt }) => smaller(least, occurredAt),
      rows[0]?.occurredAt ?? '0',
    ),
  };
}

/** What there is under each sequence; a row that is there twice, to the byte, counts once. */
function variantsOf(rows: readonly StoredRow[]): Map<number, StoredRow[]> {
  const bySequence = new Map<number, StoredRow[]>();
  for (const row of rows) {
    const variants = bySequence.get(row.sequence);
    if (variants === undefined) bySequence.set(row.sequence, [row]);
    else if (!variants.some(({ bytes }) => bytes.equals(row.bytes))) variants.push(row);
  }
  return bySequence;
}

function sequencesOf(rows: readonly StoredRow[]): StoredSequence[] {
  return [...variantsOf(rows)]
    .sort(([a], [b]) => a - b)
    .map(([sequence, variants]) => ({
      sequence,
      variants: variants.length,
      ingestedAtMillis: variants.reduce((most, row) => Math.max(most, row.ingestedAtMillis), 0),
    }));
}

function smaller(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? a : b;
}

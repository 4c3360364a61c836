import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { OpenSegment } from '../../src/delivery/segment.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import { shortfallText, signedText } from '../../src/integrity/certificate.ts';
import type { Certificate, Shortfall } from '../../src/integrity/certificate.ts';
import { digestOf, sealText } from '../../src/integrity/seal.ts';
import type { ChainEnd, Seal, SealText, SegmentKind } from '../../src/integrity/seal.ts';
import type { Signer } from '../../src/integrity/signature.ts';
import { SCHEMA_VERSION } from '../../src/record/columns.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { storedRecord } from '../record/records.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

export interface WrittenSegment {
  readonly segment: Segment;
  readonly sealed: SealText;
  readonly certificate: Certificate;
}

export interface ChainOptions {
  readonly service?: string;
  readonly environment?: string;
  /** 0 for imported history. */
  readonly pid?: number;
  readonly signer?: Signer;
  readonly predecessors?: readonly ChainEnd[];
  /** Of the first record; the others follow, a millisecond apart. */
  readonly startMillis?: number;
}

/** Makes the segments of one chain as a process would, without a spool and a shipper. */
export class WrittenChain {
  readonly id = randomUUID();
  readonly written: WrittenSegment[] = [];
  readonly #options: ChainOptions;
  #sequence = 0;
  #millis: number;

  constructor(options: ChainOptions = {}) {
    this.#options = options;
    this.#millis = options.startMillis ?? Date.now() - 60_000;
  }

  get end(): ChainEnd {
    const { sealed } = this.written.at(-1) as WrittenSegment;
    return { chain: this.id, number: sealed.seal.number, hash: sealed.hash };
  }

  /** Lets time pass before the next record. */
  wait(millis: number): void {
    this.#millis += millis;
  }

  async add(
    rows: number,
    kind: SegmentKind = 'records',
    change: {
      readonly seal?: Partial<Seal>;
      readonly record?: Partial<StoredRecord> | ((row: number) => Partial<StoredRecord>);
      readonly shortfall?: Shortfall;
    } = {},
  ): Promise<WrittenSegment> {
    const open = new OpenSegment(this.id, this.#sequence + 1);
    const openedAt = this.#millis;
    for (let row = 0; row < rows; row++) {
      this.#sequence += 1;
      this.#millis += 1;
      open.append(
        this.#record(open.id, typeof change.record === 'function' ? change.record(row) : change.record),
      );
    }
    const segment = open.seal();
    const seal = { ...this.#sealOf(open, segment, kind, openedAt), ...change.seal };
    const sealed = sealText(seal);
    const certificate = await certify(sealed, shortfallText(change.shortfall), this.#options.signer);
    const written = { segment, sealed, certificate };
    this.written.push(written);
    return written;
  }

  #record(segmentId: string, values: Partial<StoredRecord> = {}): StoredRecord {
    return storedRecord({
      category: 'app',
      action: 'work',
      actor_id: `actor ${this.#sequence}`,
      service_name: this.#options.service ?? 'shop',
      environment: this.#options.environment ?? 'test',
      process_id: this.#options.pid ?? 42,
      occurred_at: BigInt(this.#millis) * 1_000_000n,
      recorded_at: BigInt(this.#millis) * 1_000n,
      ...values,
      chain_id: this.id,
      sequence: this.#sequence,
      segment_id: segmentId,
    });
  }

  #sealOf(open: OpenSegment, segment: Segment, kind: SegmentKind, openedAt: number): Seal {
    const before = this.written.at(-1)?.sealed;
    return {
      format: 1,
      chain: this.id,
      number: (before?.seal.number ?? 0) + 1,
      segment: segment.id,
      kind,
      first: segment.firstSequence,
      last: segment.lastSequence,
      rows: segment.rowCount,
      digest: digestOf(segment.rows),
      previous: before?.hash ?? '',
      predecessors: before === undefined ? (this.#options.predecessors ?? []) : [],
      occurredFrom: String(open.occurred.from),
      occurredTo: String(open.occurred.to),
      openedAt: String(openedAt * 1_000),
      sealedAt: String(this.#millis * 1_000),
      schema: SCHEMA_VERSION,
      process: {
        service: this.#options.service ?? 'shop',
        version: '1.0.0',
        instance: 'shop-1',
        environment: this.#options.environment ?? 'test',
        host: 'web-1',
        pid: this.#options.pid ?? 42,
      },
      counts: { appended: this.#sequence, delivered: this.#sequence, dropped: 0, dead: 0 },
    };
  }
}

export async function certify(sealed: SealText, shortfall = '', signer?: Signer): Promise<Certificate> {
  const signed = await signer?.(signedText(sealed.text, shortfall));
  return {
    seal: sealed.text,
    shortfall,
    signature: signed?.signature ?? '',
    keyId: signed?.keyId ?? '',
  };
}

/** Brings segments and their certificates to the store. */
export async function deliver(store: TestClickHouse, written: readonly WrittenSegment[]): Promise<void> {
  for (const { segment } of written) await insertRows(store, segment);
  await insertCertificates(
    store,
    written.map(({ certificate }) => certificate),
  );
}

export async function insertRows(store: TestClickHouse, segment: Segment): Promise<void> {
  if (segment.rowCount === 0) return;
  const { stream } = await store.client.exec({
    query: `INSERT INTO audit.records (${segment.columns.map(([name]) => name).join(', ')}) FORMAT RowBinaryWithNamesAndTypes`,
    values: Readable.from([segment.header, segment.rows], { objectMode: false }),
    // NOTE: as if the store had forgotten what it was sent before.
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: randomUUID() },
  });
  await finished(stream.resume());
}

/** @param ingestedAt When the store is to have taken them in; now unless given. */
export async function insertCertificates(
  store: TestClickHouse,
  certificates: readonly Certificate[],
  ingestedAt?: string,
): Promise<void> {
  await store.client.insert({
    table: 'audit.segments',
    values: certificates.map(({ seal, shortfall, signature, keyId }) => ({
      seal,
      shortfall,
      signature,
      key_id: keyId,
      ...(ingestedAt !== undefined && { ingested_at: ingestedAt }),
    })),
    format: 'JSONEachRow',
    columns: [
      'seal',
      'shortfall',
      'signature',
      'key_id',
      ...(ingestedAt === undefined ? [] : ['ingested_at']),
    ] as [string, ...string[]],
    // NOTE: as if the store had forgotten what it was sent before.
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: randomUUID() },
  });
}

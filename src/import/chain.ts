import { setTimeout as wait } from 'node:timers/promises';
import type { Segment } from '../delivery/segment.js';
import type { Sink } from '../delivery/sinks/sink.js';
import type { Signer } from '../integrity/signature.js';
import { uuidV5 } from '../record/uuid.js';
import type { ClickHouseClient } from '../store/client.js';
import { ImportError } from './errors.js';
import { deliver } from './delivery.js';
import { Certifier } from './certifier.js';
import { rowsOf } from './retention.js';
import { readStoredSegment } from './stored-segment.js';
import type { StoredSegment } from './stored-segment.js';

/** Namespace of the chains that imports make. A random UUID, fixed for ever. */
const NAMESPACE = '6d0e2b8e-6c0f-4b0e-9d1b-5f0f6a4b7c21';

/** A replica may show a segment a moment after it was acknowledged by another. */
const READ_BACK_MILLIS = 5_000;
const READ_BACK_POLL_MILLIS = 50;

const ID = "attributes['audit.import.id']";

/** The last row of a chain, or of a segment. */
export interface Place {
  /** 0 where there is none. */
  readonly sequence: number;
  /** Its id in the source; one below all of them where there is none. */
  readonly id: string;
  /** Empty where there is none. */
  readonly recordId: string;
}

/** NOTE: PostgreSQL's smallest bigint. */
export const START: Place = { sequence: 0, id: '-9223372036854775808', recordId: '' };

export interface StoredCounts {
  readonly rows: number;
  readonly distinct: number;
  /** As many as rows, unless rows were removed from the source while two imports ran. */
  readonly sequences: number;
  /** Rows with an id of the source up to the one asked for. */
  readonly upTo: number;
}

/**
 * The chain of one table of the source in the register. Its segments are slots: the segment that begins at a sequence has
 * one id, whoever makes it, so that of several ClickHouse takes the first and drops the others, in whatever order they
 * come, and after any death of their makers. Everybody then goes on from what is stored.
 *
 * NOTE: this holds as long as a segment is in one partition, because deduplication works by partition.
 */
export class ImportedChain {
  readonly id: string;
  readonly certifier: Certifier;
  readonly #client: ClickHouseClient;
  readonly #sink: Sink;
  readonly #table: string;

  /** @param name What makes the chain: kind and name of the source, its table, and the service. */
  constructor(
    client: ClickHouseClient,
    sink: Sink,
    database: string,
    name: readonly string[],
    sign: Signer | undefined,
  ) {
    this.id = uuidV5(NAMESPACE, JSON.stringify(name));
    const segmentId = (first: number): string => this.segmentId(first);
    this.certifier = new Certifier({ client, sink, database, chain: this.id, segmentId, sign });
    this.#client = client;
    this.#sink = sink;
    this.#table = `${database}.records`;
  }

  segmentId(firstSequence: number): string {
    return uuidV5(this.id, `segment ${firstSequence}`);
  }

  /** Where to go on. */
  async last(): Promise<Place> {
    const query = `
      SELECT toUInt32(sequence) AS sequence, ${ID} AS id, toString(record_id) AS recordId
      FROM ${this.#table} WHERE chain_id = {chain: UUID} ORDER BY records.sequence DESC LIMIT 1`;
    const [place] = await rowsOf<Place>(this.#client, query, { chain: this.id });
    return place ?? START;
  }

  async counts(id: string): Promise<StoredCounts> {
    const query = `
      SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(record_id)) AS distinct,
        toUInt32(uniqExact(sequence)) AS sequences,
        toUInt32(countIf(toInt64OrZero(${ID}) <= {id: Int64})) AS upTo
      FROM ${this.#table} WHERE chain_id = {chain: UUID}`;
    const [counts] = await rowsOf<StoredCounts>(this.#client, query, { chain: this.id, id });
    return counts as StoredCounts;
  }

  /**
   * Brings a segment to the register, as often as it takes, and certifies what is then stored at its place, which another
   * importer may have put there first.
   *
   * @param month Of its rows, as `yyyymm`.
   * @returns The last row of what is stored.
   */
  async store(segment: Segment, month: number, isInterrupted: () => boolean): Promise<Place> {
    await deliver(this.#sink.name, () => this.#sink.send(segment, { mayBeOld: false }), isInterrupted);
    const stored = await this.#readBack(segment, month);
    await this.certifier.certify(stored);
    return { sequence: stored.last, id: stored.lastId, recordId: stored.lastRecordId };
  }

  async #readBack(segment: Segment, month: number): Promise<StoredSegment> {
    const deadline = Date.now() + READ_BACK_MILLIS;
    while (true) {
      const stored = await readStoredSegment(this.#client, this.#table, { id: segment.id, month });
      if (stored !== undefined) return stored;
      if (Date.now() > deadline) throw this.#forgotten(segment);
      await wait(READ_BACK_POLL_MILLIS);
    }
  }

  #forgotten(segment: Segment): ImportError {
    return new ImportError(
      'ERR_AUDIT_IMPORT_STORE',
      `${this.#sink.name} acknowledged segment ${segment.id} but does not have it: it remembers an earlier import whose rows were removed since. ` +
        'Give this import another name with --source.',
    );
  }
}

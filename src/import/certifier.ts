import { setTimeout as wait } from 'node:timers/promises';
import type { Sink } from '../delivery/sinks/sink.js';
import type { ChainEnd } from '../integrity/seal.js';
import { sealText } from '../integrity/seal.js';
import type { Signer } from '../integrity/signature.js';
import type { ClickHouseClient } from '../store/client.js';
import { NO_HEAD, sealOfStored } from './chain-seals.js';
import type { ChainHead } from './chain-seals.js';
import { deliver } from './delivery.js';
import { rowsOf } from './retention.js';
import { placesBehind, readStoredSegment } from './stored-segment.js';
import type { StoredSegment } from './stored-segment.js';

/** A replica may show what is before a segment a moment after the segment; what is missing after that was removed. */
const SETTLE_MILLIS = 5_000;
const SETTLE_POLL_MILLIS = 50;

/** Where a chain of an import is, and who certifies it. */
export interface CertifierOptions {
  readonly client: ClickHouseClient;
  readonly sink: Sink;
  readonly database: string;
  readonly chain: string;
  /** The id of the segment that begins at a sequence. */
  readonly segmentId: (firstSequence: number) => string;
  readonly sign: Signer | undefined;
}

/**
 * Certifies the segments of an import's chain in their order, out of what the register has: one segment after the other,
 * as they are brought, and before that those whose importer died first. Two at once write the same certificates, of which
 * ClickHouse keeps one.
 */
export class Certifier {
  readonly #options: CertifierOptions;
  readonly #records: string;
  #head: ChainHead = NO_HEAD;
  #certified = 0;
  readonly #refused: string[] = [];

  constructor(options: CertifierOptions) {
    this.#options = options;
    this.#records = `${options.database}.records`;
  }

  /** Segments that were certified here. */
  get certified(): number {
    return this.#certified;
  }

  /** Ids of segments that are not what an import brings, and so are not vouched for. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** What a later chain can name; undefined before the first certificate. */
  get end(): ChainEnd | undefined {
    const { chain } = this.#options;
    const { hash, number } = this.#head;
    return number === 0 ? undefined : { chain, number, hash };
  }

  /** Certifies what is there and has no certificate yet. */
  async catchUp(isInterrupted: () => boolean): Promise<void> {
    const { chain, client } = this.#options;
    const head = await this.#readHead();
    if (head.number > this.#head.number) this.#head = head;
    for (const place of await placesBehind(client, this.#records, chain, this.#head.last)) {
      if (isInterrupted()) return;
      const stored = await readStoredSegment(client, this.#records, place);
      if (stored !== undefined) await this.#certify(stored);
    }
  }

  /** Certifies a segment, and before it those that stand between it and the last certificate. */
  async certify(stored: StoredSegment): Promise<void> {
    const deadline = Date.now() + SETTLE_MILLIS;
    while (stored.first > this.#head.last + 1 && Date.now() < deadline) {
      await wait(SETTLE_POLL_MILLIS);
      await this.catchUp(() => false);
    }
    await this.#certify(stored);
  }

  async #certify(stored: StoredSegment): Promise<void> {
    if (stored.last <= this.#head.last) return;
    const { chain, segmentId, sign, sink } = this.#options;
    if (stored.id !== segmentId(stored.first) || stored.rows !== stored.last - stored.first + 1) {
      if (!this.#refused.includes(stored.id)) this.#refused.push(stored.id);
      return;
    }
    const { text, hash, seal } = sealText(sealOfStored(chain, stored, this.#head));
    const { signature, keyId } = (await sign?.(text)) ?? { signature: '', keyId: '' };
    const certificate = { seal: text, shortfall: '', signature, keyId };
    await deliver(
      sink.name,
      async () => (await sink.certify?.(certificate, stored.id)) ?? { status: 'accepted' },
    );
    this.#head = { number: seal.number, hash, last: seal.last };
    this.#certified += 1;
  }

  async #readHead(): Promise<ChainHead> {
    const query = `
      SELECT toUInt32(number) AS number, seal_hash AS hash, toUInt32(last_sequence) AS last
      FROM ${this.#options.database}.segments
      WHERE chain_id = {chain: UUID} ORDER BY segments.number DESC LIMIT 1`;
    const { chain, client } = this.#options;
    const [head] = await rowsOf<ChainHead>(client, query, { chain });
    return head ?? NO_HEAD;
  }
}

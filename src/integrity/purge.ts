import { createHash } from 'node:crypto';

/** What a purge left of one segment: a row of `audit.purges`. */
export interface Amendment {
  readonly segment: string;
  readonly rowsLeft: number;
  /** SHA-256 in hex over the rows that are left, in RowBinary and in order. */
  readonly digestLeft: string;
}

/**
 * Name of the attribute by which the record of a purge vouches for its amendments. That record has category `app`, action
 * `purge`, stands in a chain of its own, and its `record_id` is the `purge_id` of the rows.
 */
export const PURGE_DIGEST_ATTRIBUTE = 'audit.purge.digest';

/** Takes the amendments of one purge in the order of the texts of their segment ids. */
export class PurgeDigest {
  readonly #hash = createHash('sha256');

  add({ segment, rowsLeft, digestLeft }: Amendment): void {
    this.#hash.update(`${segment} ${rowsLeft} ${digestLeft}\n`);
  }

  /** In hex. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

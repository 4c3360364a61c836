/** Texts remembered, at most. */
const ENTRIES = 4_000;
/** What they and their meanings may take together, as far as it can be estimated. */
const BYTES = 16 * 1_048_576;

/**
 * What is known of recent texts, bounded by number and by bytes. Two generations: what is asked for again moves to the
 * young one, and when that is full the old one is forgotten, so a flood of texts that come once does not wash out the others.
 */
export class StatementCache<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #bytes = 0;
  readonly #weigh: (text: string, value: V) => number;

  constructor(weigh: (text: string, value: V) => number) {
    this.#weigh = weigh;
  }

  get(text: string): V | undefined {
    const value = this.#young.get(text);
    if (value !== undefined) return value;
    const old = this.#old.get(text);
    if (old !== undefined) this.set(text, old);
    return old;
  }

  set(text: string, value: V): void {
    const bytes = this.#weigh(text, value);
    if (bytes > BYTES / 2) return;
    if (this.#young.size >= ENTRIES / 2 || this.#bytes + bytes > BYTES / 2) this.#age();
    this.#young.set(text, value);
    this.#bytes += bytes;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#bytes = 0;
  }
}

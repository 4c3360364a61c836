import { ownText } from '../own-text.js';
import type { Actor } from '../record/actor.js';

interface Entry {
  readonly token: string;
  readonly actor: Actor;
  readonly untilMillis: number;
}

/**
 * Hashing a whole token takes longer than all else on the hot path; its end, the signature, tells it as well: 72 bits of it.
 * NOTE: of 13 characters and more V8 makes no text of its own but a view of the whole, which is several times as slow to find.
 */
const KEY_CHARACTERS = 12;

/**
 * Actors by token, bounded by count, by characters and by time. The oldest goes first: following use
 * would cost the hot path a write, and a token that is evicted early is only verified once more.
 */
export class ActorCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntries: number;
  readonly #maxCharacters: number;
  #characters = 0;

  constructor(maxEntries: number, maxCharacters: number) {
    this.#maxEntries = maxEntries;
    this.#maxCharacters = maxCharacters;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(token: string, nowMillis: number): Actor | undefined {
    const key = token.slice(-KEY_CHARACTERS);
    const entry = this.#entries.get(key);
    // NOTE: a forged token can end like a good one, so the key alone proves nothing.
    if (entry === undefined || entry.token !== token) return undefined;
    if (nowMillis < entry.untilMillis) return entry.actor;
    this.#delete(key, entry);
    return undefined;
  }

  set(token: string, actor: Actor, untilMillis: number): void {
    const own = ownText(token);
    const key = own.slice(-KEY_CHARACTERS);
    this.#delete(key, this.#entries.get(key));
    this.#entries.set(key, { token: own, actor, untilMillis });
    this.#characters += own.length;
    this.#evict();
  }

  #evict(): void {
    for (const [key, oldest] of this.#entries) {
      if (this.#entries.size <= this.#maxEntries && this.#characters <= this.#maxCharacters) return;
      this.#delete(key, oldest);
    }
  }

  #delete(key: string, entry: Entry | undefined): void {
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#characters -= entry.token.length;
  }
}

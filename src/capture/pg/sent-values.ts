import { lengthOf, itemsOf } from '../../pipeline/values/plain-data.js';
import { ArrayLiteral, plainValue, sentValue } from '../../pipeline/values/value-text.js';
import type { SentValue } from '../../pipeline/values/value-text.js';

/** Values of one call that are kept, and characters of all of them together. */
const VALUES = 1_024;
const CHARACTERS = 65_536;

/** The values of one call, as they go over the wire. */
export class SentValues {
  readonly kept: SentValue[] = [];
  /** All of them, kept or not. */
  count = 0;
  /** Whether there is nothing more to come. */
  isComplete = false;
  #characters = 0;
  #isFull = false;

  /**
   * @param given What the application gave.
   * @param sent What pg made of it.
   */
  add(given: unknown, sent: unknown): void {
    this.count += 1;
    if (!this.#isFull) this.#keep(sentValue(given, sent));
  }

  /** Adds those that were never reached, as far as they can be told without code of the application. */
  complete(given: unknown): void {
    if (this.isComplete) return;
    this.isComplete = true;
    if (lengthOf(given) <= this.count) return;
    const rest = (itemsOf(given, VALUES) ?? []).slice(this.count);
    for (const value of rest) if (!this.#isFull) this.#keep(plainValue(value));
    this.count = lengthOf(given);
  }

  /** NOTE: nothing is kept after the first that is not, so that every value stands at its number. */
  #keep(value: SentValue): void {
    this.kept.push(value);
    this.#characters += charactersOf(value);
    this.#isFull = this.kept.length === VALUES || this.#characters > CHARACTERS;
  }
}

/** NOTE: a date is not asked, which takes longer than to send it. */
function charactersOf(value: SentValue): number {
  if (typeof value === 'string') return value.length;
  return ArrayLiteral.is(value) ? value.text.length : 0;
}

import { ownText } from '../../own-text.js';

/** Texts remembered in one generation, and the longest of them. */
const TEXTS = 1_000;
const TEXT_CHARACTERS = 256;

/**
 * Texts in which nothing secret was found: names, agents, routes that come again and again. What was secret is not kept.
 * NOTE: in two generations, so that a flood of texts that come once does not drive out those that come often at once.
 */
export class HarmlessTexts {
  #young = new Set<string>();
  #old = new Set<string>();

  has(text: string): boolean {
    if (text.length > TEXT_CHARACTERS) return false;
    if (this.#young.has(text)) return true;
    if (!this.#old.has(text)) return false;
    this.add(text);
    return true;
  }

  add(text: string): void {
    if (text.length > TEXT_CHARACTERS) return;
    if (this.#young.size >= TEXTS) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(ownText(text));
  }
}

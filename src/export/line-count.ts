import type { LineFormat } from './formats.js';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;

/** Counts the lines of a file as its bytes come by; a line break inside the quotes of CSV ends none. */
export class LineCount {
  readonly #hasQuotes: boolean;
  #isQuoted = false;
  #lines = 0;

  constructor(format: LineFormat) {
    this.#hasQuotes = format === 'csv';
  }

  get lines(): number {
    return this.#lines;
  }

  add(bytes: Uint8Array): void {
    if (this.#hasQuotes) this.#addQuoted(bytes);
    else
      for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1))
        this.#lines += 1;
  }

  #addQuoted(bytes: Uint8Array): void {
    for (const byte of bytes)
      if (byte === QUOTE) this.#isQuoted = !this.#isQuoted;
      else if (byte === LINE_FEED && !this.#isQuoted) this.#lines += 1;
  }
}

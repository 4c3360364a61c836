import type { Page } from './page.js';

/** Of segments that are in the spool and on their way, so that they need not be read back. */
const MOST_SPARED_BYTES = 16 * 1024 * 1024;

/** The segments of this process that are open, or sealed and not with the sink: oldest first. */
export class Pages {
  readonly #all = new Set<Page>();
  /** Those that are not completely in a file. Few, so that they may be counted at every record. */
  readonly #unsaved = new Set<Page>();

  add(page: Page): void {
    this.#all.add(page);
    this.#unsaved.add(page);
  }

  has(page: Page): boolean {
    return this.#all.has(page);
  }

  all(): Page[] {
    return [...this.#all];
  }

  /** Those that live in memory. */
  unsaved(): Iterable<Page> {
    return this.#unsaved;
  }

  /** It is completely in its file, or with the sink. */
  saved(page: Page): void {
    this.#unsaved.delete(page);
  }

  /** Nothing is left to do with it. */
  ended(page: Page): void {
    this.#unsaved.delete(page);
    this.#all.delete(page);
    page.ended();
  }

  /** Bytes of memory for what is nowhere else. */
  unsavedBytes(): number {
    let bytes = 0;
    for (const page of this.#unsaved) bytes += page.unsavedBytes;
    return bytes;
  }

  /** Records that are nowhere but in memory. */
  unsavedRows(): number {
    let rows = 0;
    for (const page of this.#unsaved) rows += page.rowCount - page.savedRows;
    return rows;
  }

  /** Records behind the first one that is nowhere but in memory, that one included. */
  rowsBehindFirstUnsaved(): number {
    let rows = 0;
    for (const page of this.#unsaved) rows += rows > 0 ? page.rowCount : page.rowCount - page.savedRows;
    return rows;
  }

  /** Frees the memory of segments that their files make needless. @param isSinkAway Whether none will be sent soon. */
  release(isSinkAway: boolean): void {
    let spared = 0;
    for (const page of this.#all) {
      spared += page.sparedBytes;
      if (isSinkAway || spared > MOST_SPARED_BYTES) page.release();
    }
  }
}

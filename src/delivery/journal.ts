import type { SealText } from '../integrity/seal.js';
import type { Log } from '../log.js';
import { backoffMillis } from './backoff.js';
import { Gathering } from './gathering.js';
import type { Page } from './page.js';
import type { RowRun } from './row-run.js';
import type { SegmentFile, Spool } from './spool/spool.js';
import { explainTrouble, spoolIsStuck } from './spool/trouble.js';
import { clearTimeout, performance, setTimeout } from '../timers.js';

const MOST_RETRY_MILLIS = 5_000;

/** How often it is looked whether somebody has removed a file that is being written, where nobody waits for its rows. */
const LOOKING_MILLIS = 100;

/** A disk that takes longer for one thing is as bad as none. */
const STUCK_MILLIS = 2_000;

export interface JournalOptions {
  readonly spool: Spool;
  readonly log: Log;
  readonly fsync: 'never' | 'interval' | 'always';
  readonly runDetached: <T>(work: () => T) => T;
  /** A page is completely in its file. */
  readonly onSaved: (page: Page) => void;
  /** Rows have reached a file, or it is known that for now they will not. */
  readonly onProgress: () => void;
}

interface Discard {
  readonly file: SegmentFile;
  readonly seal: SealText;
}

/**
 * Brings pages to their files in order, with one write under way: what comes meanwhile, and in the few milliseconds that
 * follow, goes with the next. A write that fails is tried again; until it succeeds the journal is broken, and its pages live
 * in memory.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #pages: Page[] = [];
  /** Delivered from memory: what is in the spool of them, or shows that they were, is still to be set right. */
  #discards: Discard[] = [];
  readonly #gathering: Gathering;
  /** Somebody waits for what there is. */
  #isUrgent = false;
  /** When it was last seen that a file is where it was made. */
  #lookedAtMillis = -Infinity;
  #isWriting = false;
  #underWay: { readonly page: Page; readonly run: RowRun } | undefined;
  /** When what is under way began. */
  #beganAtMillis: number | undefined;
  #hasWritten = false;
  #failures = 0;
  #isSaidBroken = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #isWatching = false;
  /** The process has ended: what an earlier write still does is of no concern. */
  #isEnded = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#gathering = new Gathering(options.runDetached, () => this.#start());
  }

  /** Whether the spool cannot be written to, as far as is known. */
  get isBroken(): boolean {
    return this.#failures > 0 || this.#isStuck;
  }

  get #isStuck(): boolean {
    return this.#beganAtMillis !== undefined && performance.now() - this.#beganAtMillis >= STUCK_MILLIS;
  }

  add(page: Page): void {
    page.file = this.#options.spool.begin(page.head);
    this.#pages.push(page);
  }

  /** There is something new to write, which may wait a moment for what comes next. */
  touch(): void {
    if (!this.#isWriting && this.#retryTimer === undefined) this.#gathering.beginSoon();
  }

  /** Somebody waits for what there is. */
  hurry(): void {
    this.#isUrgent = true;
    if (!this.#isWriting && this.#retryTimer === undefined) this.#gathering.beginNow();
  }

  /** There is less to write than there was: what did not fit may fit now, and under load that does not last. */
  relieve(): void {
    if (this.#isWriting || this.#retryTimer === undefined) this.touch();
    else this.#retry();
  }

  /** At the end of the process, when all pages are sealed. Writes synchronously; what cannot be written stays unsaved. */
  saveNow(): void {
    const { log, spool } = this.#options;
    this.#isEnded = true;
    // NOTE: it would hold up the end of the process for as long as the disk does.
    if (this.#isStuck) {
      log.error(`records cannot be saved at the end of the process: ${spoolIsStuck(spool)}`);
      return;
    }
    this.#discardNow();
    for (const page of this.#pages.splice(0)) this.#savePageNow(page);
  }

  #savePageNow(page: Page): void {
    if (page.isDelivered || page.file === undefined) return;
    try {
      // NOTE: what is under way is written again, at the same place, with the first thing that follows it.
      if (this.#underWay?.page === page) page.wrote(this.#underWay.run);
      for (let run = page.nextRun(); run !== undefined; run = page.nextRun()) {
        page.file.appendNow(run);
        page.wrote(run);
      }
      if (page.seal !== undefined) page.file.sealNow(page.seal);
    } catch (error) {
      this.#options.log.error(`records cannot be saved at the end of the process: ${explainTrouble(error)}`);
    }
  }

  /** What was delivered must not look as if it waited. */
  #discardNow(): void {
    this.#takeDelivered();
    for (const { file, seal } of this.#discards.splice(0)) {
      try {
        file.discardNow(seal);
      } catch {
        // NOTE: whoever finds it sends it again, as the same insert.
      }
    }
  }

  /** NOTE: pages hold their records; of those without a file only the newest says where the chain stands. */
  #takeDelivered(): void {
    const delivered = this.#pages.filter(({ isDelivered }) => isDelivered);
    if (delivered.length === 0) return;
    for (const page of delivered) this.#pages.splice(this.#pages.indexOf(page), 1);
    const discards = [
      ...this.#discards,
      ...delivered.flatMap(({ file, seal }) => (file && seal ? [{ file, seal }] : [])),
    ];
    this.#discards = discards.filter(({ file }, index) => file.isBegun || index === discards.length - 1);
  }

  async #discardDelivered(): Promise<void> {
    this.#takeDelivered();
    for (let [first] = this.#discards; first !== undefined; [first] = this.#discards) {
      await first.file.discard(first.seal);
      this.#discards.shift();
    }
  }

  #start(): void {
    if (this.#isWriting) return;
    this.#isEnded = false;
    this.#isWriting = true;
    this.#hasWritten = false;
    this.#watch();
    void this.#write()
      .then(
        () => this.#healed(),
        (error: unknown) => this.#broke(error),
      )
      .finally(() => {
        this.#isWriting = false;
        this.#beganAtMillis = undefined;
        this.#options.onProgress();
        // NOTE: something may have come after the last look.
        if (this.isBroken || !this.#hasWork()) return;
        if (this.#isUrgent) this.hurry();
        else this.touch();
      });
  }

  /** Notices what takes too long. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#options.runDetached(() =>
      setTimeout(() => {
        this.#isWatching = false;
        if (!this.#isWriting) return;
        if (this.#isStuck) {
          this.#sayBroken(spoolIsStuck(this.#options.spool));
          this.#options.onProgress();
        }
        this.#watch();
      }, STUCK_MILLIS).unref(),
    );
  }

  #hasWork(): boolean {
    const [page] = this.#pages;
    return page !== undefined && (page.isDelivered || page.seal !== undefined || page.hasUnwritten);
  }

  async #write(): Promise<void> {
    this.#beganAtMillis = performance.now();
    await this.#discardDelivered();
    for (let page = this.#pages[0]; page !== undefined; page = this.#pages[0]) {
      if (this.#isEnded) return;
      this.#beganAtMillis = performance.now();
      if (page.isDelivered) {
        await this.#discardDelivered();
      } else if (page.hasUnwritten) {
        await this.#writeRun(page);
        if (page.seal === undefined && !page.hasRun && !this.#isUrgent) break;
      } else if (page.seal === undefined) {
        break;
      } else {
        await this.#complete(page);
      }
    }
    this.#isUrgent = false;
    // NOTE: that there was nothing to write is no sign that it could be.
    if (this.#failures > 0 && !this.#hasWritten) await this.#options.spool.probe();
  }

  async #writeRun(page: Page): Promise<void> {
    const { fsync, onProgress } = this.#options;
    const isAwaited = this.#isUrgent;
    // NOTE: what is taken now is all that anybody can wait for. Under load there is always more.
    if (page.seal === undefined && !page.hasRun) this.#isUrgent = false;
    const run = page.nextRun();
    if (run === undefined || page.file === undefined) return;
    this.#gathering.rowsBegin();
    this.#underWay = { page, run };
    try {
      await page.file.append(run, fsync === 'always');
    } finally {
      this.#underWay = undefined;
    }
    if (this.#isEnded) return;
    if (this.#isInPlace(page.file, isAwaited || this.#isUrgent)) {
      this.#hasWritten = true;
      page.wrote(run);
    } else {
      await this.#beginAgain(page);
    }
    onProgress();
  }

  /** NOTE: memory has it all until it is delivered, so that a file which is removed may be noticed a little later. */
  #isInPlace(file: SegmentFile, isAwaited: boolean): boolean {
    const now = performance.now();
    if (!isAwaited && now - this.#lookedAtMillis < LOOKING_MILLIS) return true;
    this.#lookedAtMillis = now;
    return file.isInPlace();
  }

  async #complete(page: Page): Promise<void> {
    const { spool, fsync, onSaved } = this.#options;
    const { file, seal } = page;
    if (file === undefined || seal === undefined) return;
    if (fsync === 'interval') await file.force();
    await file.seal(seal);
    if (this.#isEnded) return;
    if (!file.isInPlace()) return this.#beginAgain(page);
    this.#hasWritten = true;
    this.#pages.shift();
    page.saved(spool.stored(file, seal));
    onSaved(page);
  }

  /** Somebody has removed the file: what memory has is written to another. */
  async #beginAgain(page: Page): Promise<void> {
    await page.file?.abandon();
    page.begunAgain(this.#options.spool.begin(page.head));
  }

  #healed(): void {
    this.#failures = 0;
    if (!this.#isSaidBroken) return;
    this.#isSaidBroken = false;
    this.#options.log.warn(`records are written to the spool ${this.#options.spool.path} again`);
  }

  #broke(error: unknown): void {
    this.#failures += 1;
    this.#sayBroken(`the spool ${this.#options.spool.path} cannot be written: ${explainTrouble(error)}`);
    const millis = Math.min(backoffMillis(this.#failures), MOST_RETRY_MILLIS);
    const later = (): NodeJS.Timeout => setTimeout(() => this.#retry(), millis).unref();
    this.#retryTimer = this.#options.runDetached(later);
  }

  #retry(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#start();
  }

  #sayBroken(why: string): void {
    if (this.#isSaidBroken) return;
    this.#isSaidBroken = true;
    this.#options.log.error(`records stay in memory: ${why}`);
  }
}

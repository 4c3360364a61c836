import { performance } from 'node:perf_hooks';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { backoffMillis } from './backoff.js';
import type { Page } from './page.js';
import type { RowRun } from './segment.js';
import type { Spool } from './spool/spool.js';
import { setImmediate, setTimeout } from '../timers.js';

const MOST_RETRY_MILLIS = 5_000;

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

/**
 * Brings pages to their files in order, with one write under way: what comes meanwhile goes with the next. A write that fails
 * is tried again; until it succeeds the journal is broken, and its pages live in memory.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #pages: Page[] = [];
  #isScheduled = false;
  #isWriting = false;
  #underWay: { readonly page: Page; readonly run: RowRun } | undefined;
  /** When what is under way began. */
  #beganAtMillis: number | undefined;
  #hasWritten = false;
  #failures = 0;
  #isSaidBroken = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  /** The process has ended: what an earlier write still does is of no concern. */
  #isEnded = false;

  constructor(options: JournalOptions) {
    this.#options = options;
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

  /** There is something new to write. */
  touch(): void {
    if (this.#isScheduled || this.#isWriting || this.#retryTimer !== undefined) return;
    this.#isScheduled = true;
    this.#options.runDetached(() =>
      setImmediate(() => {
        this.#isScheduled = false;
        this.#start();
      }),
    );
  }

  /** At the end of the process, when all pages are sealed. Writes synchronously; what cannot be written stays unsaved. */
  saveNow(): void {
    const { log, spool } = this.#options;
    // NOTE: it would hold up the end of the process for as long as the disk does.
    if (this.#isStuck) log.error(`records cannot be saved at the end of the process: ${stuck(spool)}`);
    else for (const page of this.#pages) this.#savePageNow(page);
    this.#isEnded = true;
    this.#pages.length = 0;
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
      this.#options.log.error(`records cannot be saved at the end of the process: ${explain(error)}`);
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
        if (!this.isBroken && this.#hasWork()) this.touch();
      });
  }

  /** Notices what takes too long. */
  #watch(): void {
    this.#watchTimer ??= this.#options.runDetached(() =>
      setTimeout(() => {
        this.#watchTimer = undefined;
        if (!this.#isWriting) return;
        if (this.#isStuck) {
          this.#sayBroken(stuck(this.#options.spool));
          this.#options.onProgress();
        }
        this.#watch();
      }, STUCK_MILLIS).unref(),
    );
  }

  #hasWork(): boolean {
    const [page] = this.#pages;
    return (
      page !== undefined && (page.isDelivered || page.seal !== undefined || page.nextRun() !== undefined)
    );
  }

  async #write(): Promise<void> {
    for (let page = this.#pages[0]; page !== undefined; page = this.#pages[0]) {
      this.#beganAtMillis = performance.now();
      if (page.isDelivered) {
        if (page.seal !== undefined) await page.file?.discard(page.seal);
        if (this.#pages[0] === page) this.#pages.shift();
      } else if (page.nextRun() !== undefined) {
        await this.#writeRun(page);
      } else if (page.seal === undefined) {
        break;
      } else {
        await this.#complete(page);
      }
    }
    // NOTE: that there was nothing to write is no sign that it could be.
    if (this.#failures > 0 && !this.#hasWritten) await this.#options.spool.probe();
  }

  async #writeRun(page: Page): Promise<void> {
    const { fsync, onProgress } = this.#options;
    const run = page.nextRun();
    if (run === undefined || page.file === undefined) return;
    this.#underWay = { page, run };
    try {
      await page.file.append(run, fsync === 'always');
    } finally {
      this.#underWay = undefined;
    }
    if (this.#isEnded) return;
    if (page.file.isInPlace()) {
      this.#hasWritten = true;
      page.wrote(run);
    } else {
      await this.#beginAgain(page);
    }
    onProgress();
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
    this.#sayBroken(`the spool ${this.#options.spool.path} cannot be written: ${explain(error)}`);
    const millis = Math.min(backoffMillis(this.#failures), MOST_RETRY_MILLIS);
    this.#retryTimer = this.#options.runDetached(() =>
      setTimeout(() => {
        this.#retryTimer = undefined;
        this.#start();
      }, millis).unref(),
    );
  }

  #sayBroken(why: string): void {
    if (this.#isSaidBroken) return;
    this.#isSaidBroken = true;
    this.#options.log.error(`records stay in memory: ${why}`);
  }
}

function stuck({ path }: Spool): string {
  return `the spool ${path} does not answer (set AUDIT_REGISTER_SPOOL_DIR to a disk that does)`;
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined) return messageOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `${messageOf(error)} (free space, or set AUDIT_REGISTER_SPOOL_DIR)`;
  return `${messageOf(error)} (mend it, or set AUDIT_REGISTER_SPOOL_DIR)`;
}

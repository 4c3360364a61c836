import type { DeliveryConfig } from '../config/config.js';
import { messageOf } from '../errors.js';
import type { ProcessName, SealCounts, SegmentKind } from '../integrity/seal.js';
import type { Log } from '../log.js';
import { nowMicros } from '../record/clock.js';
import type { AuditRecord } from '../record/record.js';
import { Chain } from './chain.js';
import type { Delivery, DeliveryCounts } from './delivery.js';
import { Journal } from './journal.js';
import { Losses } from './losses.js';
import type { Gap } from './losses.js';
import { Page } from './page.js';
import { Pages } from './pages.js';
import { Safety } from './safety.js';
import { Siblings } from './siblings.js';
import { settlesWithin } from './settles-within.js';
import { Shipper } from './shipper.js';
import type { RowCounts, Shippable, Signer } from './shipper.js';
import type { Sink } from './sinks/sink.js';
import type { Spool } from './spool/spool.js';
import { clearInterval, clearTimeout, performance, setInterval, setTimeout } from '../timers.js';

/** A segment is sealed at the first of these, or when the flush interval has passed. */
const SEGMENT_ROWS = 10_000;
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** While the sink takes nothing segments wait in the spool, and fewer of them are better. */
const PATIENT_MILLIS = 30_000;

/** The flush interval of a process that has been told to end. */
const HASTY_MILLIS = 100;

export interface ChainedDeliveryOptions {
  readonly config: DeliveryConfig;
  readonly process: ProcessName;
  readonly sink: Sink;
  readonly log: Log;
  /** Undefined in mode `memory`. */
  readonly spool: Spool | undefined;
  readonly signer?: Signer | undefined;
  /** The most that one call of the sink may take, which is more than its own patience for one request. */
  readonly sinkTimeoutMillis?: number;
  /** The record that tells of a gap. */
  readonly describeGap: (gap: Gap) => AuditRecord;
  /** Faults of ours so far, which the seals tell. */
  readonly faults?: (() => number) | undefined;
  /** Runs work apart from whatever request happens to be served. */
  readonly runDetached?: <T>(work: () => T) => T;
}

/** Records → segments of a chain → the spool, if there is one → the sink, until it has them. */
export class ChainedDelivery implements Delivery {
  readonly #options: ChainedDeliveryOptions;
  readonly #runDetached: <T>(work: () => T) => T;
  readonly #journal: Journal | undefined;
  readonly #siblings: Siblings | undefined;
  readonly #shipper: Shipper;
  readonly #losses: Losses;
  #chain: Chain | undefined;
  #page: Page | undefined;
  readonly #heartbeat: NodeJS.Timeout;
  #flushMillis: number;
  #sealTimer: NodeJS.Timeout | undefined;
  #openedAtMillis = 0;
  #sealedAtMillis = performance.now();
  readonly #pages = new Pages();
  readonly #safety = new Safety();
  /** What the shipper was given of this chain, and not of others. */
  readonly #ownItems = new Map<Shippable, Page>();
  #attempts = 0;
  #countsBefore: SealCounts = { appended: 0, delivered: 0, dropped: 0, dead: 0 };
  #appended = 0;
  #delivered = 0;
  #dead = 0;
  /** Appended, and lost on the way. */
  #lost = 0;
  readonly #progressWaiters: (() => void)[] = [];

  constructor(options: ChainedDeliveryOptions) {
    const { config, sink, log, spool, signer } = options;
    this.#options = options;
    this.#runDetached = options.runDetached ?? ((work) => work());
    this.#losses = new Losses(log, nowMicros);
    this.#flushMillis = config.flushIntervalMillis;
    this.#shipper = new Shipper({
      sink,
      log,
      signer,
      ...(options.sinkTimeoutMillis !== undefined && { timeoutMillis: options.sinkTimeoutMillis }),
      place: () =>
        this.#journal === undefined || this.#journal.isBroken ? 'in memory' : `in the spool ${spool?.path}`,
      runDetached: this.#runDetached,
      onProgress: () => {
        this.#attempts += 1;
        this.#progressed();
      },
      onDelivered: (counts, item) => this.#ended(counts, item),
    });
    if (spool !== undefined) {
      this.#journal = new Journal({
        spool,
        log,
        fsync: config.fsync,
        runDetached: this.#runDetached,
        onSaved: (page) => this.#saved(page),
        onProgress: () => this.#progressed(),
      });
      this.#siblings = new Siblings({
        spool,
        log,
        runDetached: this.#runDetached,
        bury: (segment, reason) => this.#bury(segment, reason),
        ship: (item) => this.#shipper.add(item),
      });
    }
    this.#heartbeat = this.#runDetached(() =>
      setInterval(() => this.#beat(), config.heartbeatIntervalMillis).unref(),
    );
  }

  append(record: AuditRecord): boolean {
    if (this.#pages.unsavedBytes() >= this.#options.config.queueMaxBytes) {
      this.#losses.add(
        1,
        `${this.#options.config.queueMaxBytes} bytes of records wait in memory (AUDIT_REGISTER_QUEUE_MAX_BYTES)`,
      );
      return false;
    }
    this.#recordGap();
    return this.#add(record);
  }

  #add(record: AuditRecord): boolean {
    const page = (this.#page ??= this.#begin());
    try {
      page.append(record);
    } catch (error) {
      this.#losses.add(1, `a record cannot be encoded: ${messageOf(error)}`);
      return false;
    }
    this.#appended += 1;
    if (page.rowCount >= SEGMENT_ROWS || page.byteLength >= SEGMENT_BYTES) this.#seal('records');
    this.#journal?.touch();
    return true;
  }

  /** What was lost is said where it was lost: before what comes after it. */
  #recordGap(): void {
    const gap = this.#losses.hasGap ? this.#losses.take() : undefined;
    if (gap !== undefined) this.#add(this.#options.describeGap(gap));
  }

  whenSafe(use: (isSafe: boolean) => void): void {
    if (this.#journal === undefined) use(true);
    else {
      this.#safety.wait(this.#appended, use);
      this.#tellSafety();
      if (this.#safety.isAwaited) this.#journal.hurry();
    }
  }

  canRecord(): boolean {
    return this.#pages.unsavedBytes() < this.#options.config.queueMaxBytes / 2;
  }

  canSave(): boolean {
    return this.#journal?.isBroken !== true && this.canRecord();
  }

  async flush(timeoutMillis: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMillis;
    this.#recordGap();
    this.#sealNow();
    const before = this.#pages.all();
    this.#shipper.wake();
    const attemptsBefore = this.#attempts;
    // NOTE: not until nothing waits, which under load may never be.
    while (before.some((page) => this.#pages.has(page))) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      if (this.#attempts > attemptsBefore && this.#shipper.isFailing && this.#isKept(before)) return false;
      await settlesWithin(this.#progress(), left);
    }
    return true;
  }

  /** Whether the spool has all these, so that nobody needs to wait for a sink that is away. */
  #isKept(pages: readonly Page[]): boolean {
    return this.#journal !== undefined && pages.every((page) => page.isSaved || page.isDelivered);
  }

  async close(timeoutMillis: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMillis;
    this.#recordGap();
    this.#end();
    if (this.#siblings !== undefined) await settlesWithin(this.#siblings.look(), timeoutMillis);
    return this.flush(Math.max(0, deadline - performance.now()));
  }

  hasten(): void {
    this.#flushMillis = Math.min(this.#flushMillis, HASTY_MILLIS);
    this.#sealNow();
    this.#shipper.wake();
  }

  saveNow(): void {
    this.#recordGap();
    this.#end();
    this.#journal?.saveNow();
  }

  counts(): DeliveryCounts {
    return {
      appended: this.#appended,
      delivered: this.#delivered,
      dropped: this.#losses.total,
      dead: this.#dead,
      waiting: this.#appended - this.#delivered - this.#dead - this.#lost,
      unsaved: this.#pages.unsavedRows(),
    };
  }

  #begin(): Page {
    this.#chain ??= this.#beginChain();
    const page = new Page(this.#chain);
    this.#pages.add(page);
    this.#journal?.add(page);
    this.#openedAtMillis = performance.now();
    this.#runDetached(() => this.#sealLater());
    return page;
  }

  #beginChain(): Chain {
    this.#countsBefore = this.#countsSoFar();
    return new Chain(this.#options.process, this.#options.spool?.takePredecessors() ?? []);
  }

  #sealLater(): void {
    this.#sealTimer = setTimeout(() => {
      const age = performance.now() - this.#openedAtMillis;
      if (this.#shipper.isFailing && age < PATIENT_MILLIS) this.#sealLater();
      else this.#sealNow();
    }, this.#flushMillis).unref();
  }

  #sealNow(): void {
    this.#seal('records');
    this.#journal?.hurry();
  }

  #seal(kind: SegmentKind): void {
    const page = this.#page;
    if (page === undefined) return;
    clearTimeout(this.#sealTimer);
    this.#page = undefined;
    page.close(kind, this.#sealCounts());
    this.#sealedAtMillis = performance.now();
    // NOTE: where it cannot be saved it is sent from memory.
    if (this.#journal === undefined || this.#journal.isBroken) this.#ship(page);
  }

  /** What was done since the chain began. */
  #sealCounts(): SealCounts {
    const [now, before] = [this.#countsSoFar(), this.#countsBefore];
    const faults = this.#options.faults?.();
    return {
      appended: now.appended - before.appended,
      delivered: now.delivered - before.delivered,
      dropped: now.dropped - before.dropped,
      dead: now.dead - before.dead,
      ...(faults !== undefined && { faults }),
    };
  }

  #countsSoFar(): SealCounts {
    const { appended, delivered, dropped, dead } = this.counts();
    return { appended, delivered, dropped, dead };
  }

  /** Closes the chain, if there is one. */
  #end(): void {
    if (this.#chain === undefined) return;
    this.#page ??= this.#begin();
    this.#seal('closing');
    this.#journal?.hurry();
    this.#chain = undefined;
  }

  /** Says that this process is there although it has nothing to record. Not to a sink that is away. */
  #beat(): void {
    const { heartbeatIntervalMillis } = this.#options.config;
    const isFresh = performance.now() - this.#sealedAtMillis < heartbeatIntervalMillis / 2;
    if (isFresh || this.#shipper.isFailing) return;
    this.#recordGap();
    const isQuiet = this.#page === undefined;
    this.#page ??= this.#begin();
    this.#seal(isQuiet ? 'heartbeat' : 'records');
    this.#journal?.touch();
  }

  #saved(page: Page): void {
    this.#pages.saved(page);
    if (page.isDelivered) void page.removeFile().catch(() => {});
    else this.#ship(page);
    this.#pages.release(this.#shipper.isFailing);
  }

  #ship(page: Page): void {
    const { seal } = page;
    if (page.isShipped || seal === undefined) return;
    page.isShipped = true;
    const item: Shippable = {
      seal,
      since: page.sealedAtMillis,
      load: () => page.load(),
      bury: (segment, reason) => this.#bury(segment, reason),
      accepted: () => {
        // NOTE: in a spool it stays until it is certified, or whoever finds it could not certify it.
        if (this.#journal === undefined) page.accepted();
      },
      done: async () => {
        page.isDelivered = true;
        this.#pages.saved(page);
        this.#journal?.relieve();
        await page.removeFile();
      },
    };
    this.#ownItems.set(item, page);
    this.#shipper.add(item);
  }

  #ended({ delivered, dead, lost }: RowCounts, item: Shippable): void {
    const page = this.#ownItems.get(item);
    if (page === undefined) return;
    this.#ownItems.delete(item);
    this.#pages.ended(page);
    this.#delivered += delivered;
    // NOTE: without a spool nobody keeps them, and that was counted when they were refused.
    if (this.#options.spool === undefined) this.#lost += dead;
    else this.#dead += dead;
    this.#lost += lost;
    if (lost > 0) this.#losses.add(lost, 'they could not be read back from the spool');
  }

  /** Rows that the sink refuses are kept where there is a spool. */
  async #bury(segment: Parameters<Shippable['bury']>[0], reason: string): Promise<void> {
    const { spool, sink } = this.#options;
    if (spool === undefined) this.#losses.add(segment.rowCount, `${sink.name} refuses them: ${reason}`);
    else await spool.bury(segment, reason);
  }

  /** Ends what runs by itself; for commands and tests, in an application it ends with the process. */
  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#siblings?.stop();
    clearTimeout(this.#sealTimer);
    await this.#shipper.stop();
    await this.#options.spool?.close();
    await this.#options.sink.close();
  }

  #progressed(): void {
    this.#tellSafety();
    if (this.#journal?.isBroken === true) {
      for (const page of this.#pages.unsaved()) this.#ship(page);
    }
    for (const resolve of this.#progressWaiters.splice(0)) resolve();
  }

  /** Resolves when something has been written or sent, or could not be. */
  #progress(): Promise<void> {
    return new Promise((resolve) => this.#progressWaiters.push(resolve));
  }

  #tellSafety(): void {
    const isBroken = this.#journal?.isBroken === true;
    this.#safety.tell(this.#appended - this.#pages.rowsBehindFirstUnsaved(), isBroken);
  }
}

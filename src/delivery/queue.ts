import { messageOf } from '../errors.js';
import { countOf } from '../log.js';
import type { Log } from '../log.js';
import { SCHEMA_VERSION } from '../record/columns.js';
import type { AuditRecord } from '../record/record.js';
import { uuidV4 } from '../record/uuid.js';
import { backoffMillis } from './backoff.js';
import type { Delivery, DeliveryCounts } from './delivery.js';
import { OpenSegment } from './segment.js';
import type { Segment } from './segment.js';
import { settlesWithin } from './settles-within.js';
import type { Sink, SinkResult } from './sinks/sink.js';

/** A segment is sealed at the first of these, or when the flush interval has passed. */
const SEGMENT_ROWS = 10_000;
const SEGMENT_BYTES = 4 * 1024 * 1024;

export interface DeliveryOptions {
  readonly sink: Sink;
  readonly log: Log;
  readonly flushIntervalMillis: number;
  /** Bytes of sealed and open segments that may wait. */
  readonly maxBytes: number;
  /** Runs work apart from whatever request happens to be served. */
  readonly runDetached?: <T>(work: () => T) => T;
}

/** Delivery through memory: bounded, retried, and lost with the process. */
export function createMemoryDelivery(options: DeliveryOptions): Delivery {
  return new MemoryDelivery(options);
}

class MemoryDelivery implements Delivery {
  readonly #options: DeliveryOptions;
  readonly #chainId = uuidV4();
  #sequence = 0;
  #open: OpenSegment | undefined;
  #sealTimer: NodeJS.Timeout | undefined;
  readonly #sealed: Segment[] = [];
  #sealedBytes = 0;
  #isShipping = false;
  #wakeRetry: (() => void) | undefined;
  readonly #waitingForProgress: (() => void)[] = [];
  #failures = 0;
  #delivered = 0;
  #refused = 0;
  #dropped = 0;
  /** Dropped since the sink took records last. */
  #lost = 0;
  #isClosed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  append(record: AuditRecord): void {
    if (this.#sealedBytes + (this.#open?.byteLength ?? 0) >= this.#options.maxBytes) {
      this.#drop(
        1,
        `${this.#options.maxBytes} bytes of records wait for ${this.#options.sink.name} (AUDIT_REGISTER_QUEUE_MAX_BYTES)`,
      );
      return;
    }
    this.#open ??= this.#begin();
    const sequence = this.#sequence + 1;
    try {
      this.#open.append({
        ...record,
        chain_id: this.#chainId,
        sequence,
        segment_id: this.#open.id,
        schema_version: SCHEMA_VERSION,
      });
    } catch (error) {
      this.#drop(1, `a record cannot be encoded: ${messageOf(error)}`);
      return;
    }
    this.#sequence = sequence;
    if (this.#open.rowCount >= SEGMENT_ROWS || this.#open.byteLength >= SEGMENT_BYTES) this.#seal();
  }

  async flush(timeoutMillis: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMillis;
    const last = this.#sequence;
    this.#seal();
    this.#wakeRetry?.();
    // NOTE: not until nothing waits, which under load may never be.
    while (this.#delivered + this.#refused < last) {
      const left = deadline - Date.now();
      if (left <= 0 || !(await settlesWithin(this.#progress(), left))) return false;
    }
    return true;
  }

  /** Resolves when the next segment has found its end. */
  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waitingForProgress.push(resolve));
  }

  counts(): DeliveryCounts {
    const appended = this.#sequence;
    const waiting = appended - this.#delivered - this.#refused;
    return {
      appended,
      delivered: this.#delivered,
      dropped: this.#dropped,
      dead: 0,
      waiting,
      unsaved: waiting,
    };
  }

  whenSafe(use: (isSafe: boolean) => void): void {
    use(true);
  }

  canRecord(): boolean {
    return true;
  }

  hasten(): void {}

  saveNow(): void {}

  async close(timeoutMillis: number): Promise<boolean> {
    const isDelivered = await this.flush(timeoutMillis);
    this.#isClosed = true;
    this.#wakeRetry?.();
    await this.#options.sink.close();
    return isDelivered;
  }

  #runDetached<T>(work: () => T): T {
    const { runDetached } = this.#options;
    return runDetached === undefined ? work() : runDetached(work);
  }

  #begin(): OpenSegment {
    this.#sealTimer = this.#runDetached(() =>
      setTimeout(() => this.#seal(), this.#options.flushIntervalMillis).unref(),
    );
    return new OpenSegment(this.#chainId, this.#sequence + 1);
  }

  #seal(): void {
    const open = this.#open;
    if (open === undefined) return;
    clearTimeout(this.#sealTimer);
    this.#open = undefined;
    if (open.rowCount === 0) return;
    const segment = open.seal();
    this.#sealed.push(segment);
    this.#sealedBytes += segment.rows.length;
    this.#startShipping();
  }

  #startShipping(): void {
    if (this.#isShipping) return;
    this.#isShipping = true;
    void this.#ship().finally(() => {
      this.#isShipping = false;
      // NOTE: a segment may have been sealed after the last look at the list.
      if (this.#sealed.length > 0 && !this.#isClosed) this.#startShipping();
    });
  }

  async #ship(): Promise<void> {
    for (let segment = this.#sealed[0]; segment !== undefined && !this.#isClosed; segment = this.#sealed[0]) {
      if (!(await this.#deliver(segment))) continue;
      this.#sealed.shift();
      this.#sealedBytes -= segment.rows.length;
      for (const resolve of this.#waitingForProgress.splice(0)) resolve();
    }
  }

  /** One attempt. False asks for another, after the wait. */
  async #deliver(segment: Segment): Promise<boolean> {
    const { log, sink } = this.#options;
    const result = await this.#send(segment);
    if (result.status === 'retry') {
      this.#failures += 1;
      if (this.#failures === 1)
        log.error(`records wait in memory: ${sink.name} does not take them: ${result.reason}`);
      await this.#wait(result.retryAfterMillis ?? backoffMillis(this.#failures));
      return false;
    }
    if (result.status === 'refused') this.#refuse(segment, result.reason);
    else this.#accept(segment);
    return true;
  }

  /** NOTE: a sink does not throw; one that did would end the application by an unhandled rejection. */
  async #send(segment: Segment): Promise<SinkResult> {
    try {
      return await this.#runDetached(() => this.#options.sink.send(segment, { mayBeOld: false }));
    } catch (error) {
      return { status: 'retry', reason: messageOf(error) };
    }
  }

  #accept(segment: Segment): void {
    const { log, sink } = this.#options;
    if (this.#failures > 0)
      log.warn(`${sink.name} takes records again after ${countOf(this.#failures, 'failed attempt')}`);
    if (this.#lost > 1) log.error(`${countOf(this.#lost, 'record')} lost until then`);
    this.#failures = 0;
    this.#lost = 0;
    this.#delivered += segment.rowCount;
  }

  #refuse(segment: Segment, reason: string): void {
    this.#refused += segment.rowCount;
    this.#drop(segment.rowCount, `${this.#options.sink.name} refuses them: ${reason}`);
  }

  #wait(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, millis);
      timer.unref();
      this.#wakeRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Said at the first one, and with the full count when the sink takes records again. */
  #drop(records: number, reason: string): void {
    if (this.#lost === 0) this.#options.log.error(`${countOf(records, 'record')} lost: ${reason}`);
    this.#dropped += records;
    this.#lost += records;
  }
}

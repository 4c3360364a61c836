import { messageOf } from '../errors.js';
import { countOf } from '../log.js';
import type { Log } from '../log.js';
import { backoffMillis } from './backoff.js';
import { GatheredLines } from './gathered-lines.js';
import { Lane } from './lane.js';
import { settlesWithin } from './settles-within.js';
import { Shipment } from './shipment.js';
import type { RowCounts, Shippable, Signer, StepResult } from './shipment.js';
import type { Sink } from './sinks/sink.js';
import { clearTimeout, performance, setTimeout } from '../timers.js';

export type { RowCounts, Shippable, Signer } from './shipment.js';

export interface ShipperOptions {
  readonly sink: Sink;
  readonly log: Log;
  readonly signer?: Signer | undefined;
  /** Where segments wait, for messages. @default in memory */
  readonly place?: () => string;
  /** The most that one call of the sink may take; more than its own patience. @default 2 minutes */
  readonly timeoutMillis?: number;
  /** The most that work on a file may take. @default 1 minute */
  readonly fileTimeoutMillis?: number;
  /** Runs work apart from whatever request happens to be served. */
  readonly runDetached?: <T>(work: () => T) => T;
  /** After every end of a segment, and after every failed attempt. */
  readonly onProgress?: () => void;
  /** What became of the records of a segment, once for each segment. */
  readonly onDelivered?: (counts: RowCounts, item: Shippable) => void;
}

/** Whose rows are on their way. A certificate is small and slow, so the rows of others do not wait for it. */
const ROWS_AT_ONCE = 2;
const SEGMENTS_AT_ONCE = 4;
const SEGMENTS_AT_ONCE_WHILE_FAILING = 1;
const DEFAULT_TIMEOUT_MILLIS = 2 * 60_000;
const DEFAULT_FILE_TIMEOUT_MILLIS = 60_000;
/** Certificates follow the records: what breaks both is said of the records. */
const CERTIFICATE_FAILURES_BEFORE_WORD = 3;

/** Waits for what was there when it was made. */
interface Watch {
  readonly pending: Set<Shipment>;
  readonly givesUpEarly: boolean;
  readonly end: (isSettled: boolean) => void;
}

/**
 * Brings sealed segments to the sink and tries until they are there: rows, then the certificate, then the segment is done.
 * Segments may overtake each other; one that the sink does not take holds up no other.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #lanes: { readonly rows: Lane; readonly certificate: Lane };
  readonly #lost: GatheredLines;
  readonly #dead: GatheredLines;
  readonly #faults: GatheredLines;
  /** In the order in which they are tried: what has failed comes last. */
  readonly #waiting: Shipment[] = [];
  readonly #inFlight = new Map<Shipment, Promise<void>>();
  readonly #watches = new Set<Watch>();
  #waitingRows = 0;
  #counts: RowCounts = { delivered: 0, dead: 0, lost: 0 };
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
    const { log, sink, place = () => 'in memory' } = options;
    const lane = { sinkName: sink.name, log, place, waiting: () => this.#waitingRows };
    this.#lanes = {
      rows: new Lane({ ...lane, what: 'records', failuresBeforeWord: 1 }),
      certificate: new Lane({
        ...lane,
        what: 'certificates',
        failuresBeforeWord: CERTIFICATE_FAILURES_BEFORE_WORD,
      }),
    };
    this.#lost = new GatheredLines((records, segments, reason) =>
      log.error(`${countOf(records, 'record')} of ${countOf(segments, 'segment')} lost: ${reason}`),
    );
    this.#dead = new GatheredLines((records, segments, reason) =>
      log.error(
        `${countOf(records, 'record')} of ${countOf(segments, 'segment')} kept as dead letters (see \`audit-register spool\`): ${sink.name} refuses them: ${reason}`,
      ),
    );
    this.#faults = new GatheredLines((_, segments, reason) =>
      log.error(segments === 1 ? reason : `${reason} (and ${segments - 1} more like it)`),
    );
  }

  /** Whether the last attempt to reach the sink failed. */
  get isFailing(): boolean {
    return this.#lanes.rows.failures > 0 || this.#lanes.certificate.failures > 0;
  }

  add(item: Shippable): void {
    const {
      sink,
      signer,
      timeoutMillis = DEFAULT_TIMEOUT_MILLIS,
      fileTimeoutMillis = DEFAULT_FILE_TIMEOUT_MILLIS,
    } = this.#options;
    const isStopped = (): boolean => this.#isStopped;
    const onAccepted = (): void => this.#tell(() => item.accepted?.());
    const options = { sink, signer, timeoutMillis, fileTimeoutMillis, isStopped, onAccepted };
    const shipment = new Shipment(item, options);
    this.#waiting.push(shipment);
    this.#waitingRows += shipment.rowCount;
    this.#schedule();
  }

  /** Tries again now. */
  wake(): void {
    this.#lanes.rows.open();
    this.#lanes.certificate.open();
    for (const shipment of this.#waiting) shipment.notBefore = 0;
    this.#schedule();
  }

  /** Records that were added and whose end is not known. */
  waiting(): number {
    return this.#waitingRows;
  }

  /** Segments of the same, those without records among them. */
  waitingSegments(): number {
    return this.#waiting.length + this.#inFlight.size;
  }

  counts(): RowCounts {
    return this.#counts;
  }

  /**
   * Resolves true when everything added before is done; false when the time has run out, when it was stopped, or, where
   * asked to give up early, when an attempt has failed since.
   */
  async settled(timeoutMillis: number, givesUpEarly = false): Promise<boolean> {
    const pending = new Set([...this.#waiting, ...this.#inFlight.keys()]);
    if (pending.size === 0) return true;
    if (this.#isStopped) return false;
    let isSettled = false;
    let watch: Watch | undefined;
    const ended = new Promise<void>((resolve) => {
      watch = {
        pending,
        givesUpEarly,
        end: (result) => {
          isSettled = result;
          resolve();
        },
      };
      this.#watches.add(watch);
    });
    await settlesWithin(ended, timeoutMillis);
    if (watch !== undefined) this.#watches.delete(watch);
    return isSettled;
  }

  /** What is under way may end, nothing new begins. Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#inFlight.values());
    for (const lines of [this.#lost, this.#dead, this.#faults]) lines.flush();
    this.#endWatches(() => true);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    while (!this.#isFull()) {
      const now = performance.now();
      const index = this.#waiting.findIndex((shipment) => this.#opensAt(shipment) <= now);
      if (index === -1) break;
      const [shipment] = this.#waiting.splice(index, 1);
      this.#start(shipment as Shipment);
    }
    if (!this.#isFull() && this.#waiting.length > 0) this.#sleep();
  }

  #isFull(): boolean {
    if (this.isFailing) return this.#inFlight.size >= SEGMENTS_AT_ONCE_WHILE_FAILING;
    if (this.#inFlight.size >= SEGMENTS_AT_ONCE) return true;
    let rows = 0;
    for (const { stage } of this.#inFlight.keys()) if (stage === 'rows') rows += 1;
    return rows >= ROWS_AT_ONCE;
  }

  #opensAt(shipment: Shipment): number {
    return Math.max(shipment.notBefore, this.#laneOf(shipment)?.notBefore ?? 0);
  }

  #sleep(): void {
    let opensAt = Infinity;
    for (const shipment of this.#waiting) opensAt = Math.min(opensAt, this.#opensAt(shipment));
    const millis = Math.max(1, Math.ceil(opensAt - performance.now()));
    this.#timer = this.#runDetached(() => setTimeout(() => this.#schedule(), millis));
    this.#timer.unref();
  }

  #laneOf(shipment: Shipment): Lane | undefined {
    const { stage } = shipment;
    return stage === 'rows' || stage === 'certificate' ? this.#lanes[stage] : undefined;
  }

  #start(shipment: Shipment): void {
    const attempt = this.#runDetached(() => this.#attempt(shipment)).then((isDone) => {
      this.#inFlight.delete(shipment);
      if (isDone) this.#finish(shipment);
      else this.#waiting.push(shipment);
      this.#schedule();
      this.#tell(() => this.#options.onProgress?.());
    });
    this.#inFlight.set(shipment, attempt);
  }

  /** Takes the steps of a segment as far as they go. @returns Whether it is done. */
  async #attempt(shipment: Shipment): Promise<boolean> {
    while (shipment.stage !== 'done') {
      const lane = this.#laneOf(shipment);
      if (lane !== undefined && lane.notBefore > performance.now()) return false;
      const result = await shipment.step();
      if (result.status === 'retry') {
        this.#failed(shipment, lane, result);
        return false;
      }
      if (result.status === 'stopped') return false;
      shipment.failures = 0;
      shipment.isFaultSaid = false;
      if (result.isReached) lane?.succeeded(shipment);
      else lane?.left(shipment);
      this.#schedule();
    }
    return true;
  }

  #failed(
    shipment: Shipment,
    lane: Lane | undefined,
    result: Extract<StepResult, { status: 'retry' }>,
  ): void {
    // A failure after a success speaks of the segment; one among others, of the sink.
    const isItsOwn = lane === undefined || result.fault === 'segment' || lane.failures === 0;
    if (isItsOwn) shipment.failures += 1;
    if (lane === undefined || result.fault === 'segment') {
      if (!shipment.isFaultSaid) this.#faults.add(shipment.rowCount, result.reason);
      shipment.isFaultSaid = true;
      shipment.notBefore = performance.now() + backoffMillis(shipment.failures);
    } else {
      const closedMillis = lane.failed(shipment, result.reason, result.retryAfterMillis);
      const ownMillis =
        isItsOwn && result.retryAfterMillis === undefined ? backoffMillis(shipment.failures) : 0;
      shipment.notBefore = performance.now() + Math.max(ownMillis, closedMillis);
    }
    this.#endWatches((watch) => watch.givesUpEarly);
  }

  #finish(shipment: Shipment): void {
    const { delivered, dead, lost } = shipment.counts;
    this.#waitingRows -= shipment.rowCount;
    this.#counts = {
      delivered: this.#counts.delivered + delivered,
      dead: this.#counts.dead + dead,
      lost: this.#counts.lost + lost,
    };
    if (shipment.remark !== '') this.#faults.add(shipment.rowCount, shipment.remark);
    if (lost > 0) this.#lost.add(lost, shipment.trouble);
    if (dead > 0) this.#dead.add(dead, shipment.trouble);
    this.#tell(() => this.#options.onDelivered?.(shipment.counts, shipment.item));
    for (const watch of this.#watches) {
      watch.pending.delete(shipment);
      if (watch.pending.size === 0) watch.end(true);
    }
  }

  #endWatches(which: (watch: Watch) => boolean): void {
    for (const watch of this.#watches) if (which(watch)) watch.end(watch.pending.size === 0);
  }

  /** NOTE: what a callback throws would end the application as an unhandled rejection. */
  #tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.log.error(`internal error while delivering: ${messageOf(error)}`);
    }
  }

  #runDetached<T>(work: () => T): T {
    const { runDetached } = this.#options;
    return runDetached === undefined ? work() : runDetached(work);
  }
}

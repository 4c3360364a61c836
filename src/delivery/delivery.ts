import type { AuditRecord } from '../record/record.js';

/** What delivery has done so far, in records. */
export interface DeliveryCounts {
  readonly appended: number;
  readonly delivered: number;
  readonly dropped: number;
  /** Refused by the sink and kept as dead letters. */
  readonly dead: number;
  /** Appended, and neither delivered nor dead. */
  readonly waiting: number;
  /** Of those, the ones that would be lost if the process died now. */
  readonly unsaved: number;
}

/** Takes records, brings them to the sink, tries until they are there. */
export interface Delivery {
  append(record: AuditRecord): void;
  /**
   * Calls back once, perhaps at once, when all records appended so far are as safe as the mode promises (in the file of
   * the spool, on disk where that is asked for), or when it is known that they will not be.
   */
  whenSafe(use: (isSafe: boolean) => void): void;
  /** Whether there is room for what a request would leave; false asks for it to be refused where that must be kept. */
  canRecord(): boolean;
  /** The same, and the spool can be written: what `write-ahead` needs. */
  canSave(): boolean;
  /**
   * Sends what waits at once. Resolves true when everything appended before is delivered; false when the time ran out, or
   * when the sink does not take records now and the spool has them.
   */
  flush(timeoutMillis: number): Promise<boolean>;
  /** The same, and the chain is closed: whatever is appended later begins a new one. */
  close(timeoutMillis: number): Promise<boolean>;
  /** The process is about to end: what waits is sent without waiting for more. */
  hasten(): void;
  /** The process ends now: writes what is only in memory to the spool, synchronously, and closes the chain. */
  saveNow(): void;
  counts(): DeliveryCounts;
}

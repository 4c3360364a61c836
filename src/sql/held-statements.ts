import { clearTimeout, setTimeout } from '../timers.js';

export type TransactionOutcome = 'autocommit' | 'committed' | 'rolled_back' | 'unknown';

/** How long statements wait. After that their outcome is `unknown`, and the transaction's own record settles it later. */
export const HOLD_MILLIS = 5_000;
/** Statements of one connection that wait, at most. */
const HELD_STATEMENTS = 1_000;
/** What they may weigh, on one connection and on all of them. */
const CONNECTION_BYTES = 4 * 1_024 * 1_024;
const PROCESS_BYTES = 32 * 1_024 * 1_024;

/**
 * Told once, when it is known whether the work was kept, or when it cannot wait any longer.
 *
 * @param position Of the statement in its transaction, from 1; 0 outside of one.
 */
export type Settle = (outcome: TransactionOutcome, position: number) => void;

interface HeldStatement {
  readonly settle: Settle;
  readonly position: number;
  readonly bytes: number;
}

/** What all connections of a process hold together. */
export class HeldBytes {
  #bytes = 0;

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= PROCESS_BYTES;
  }
}

/** Statements of one transaction that wait for its outcome, in the order of their work. */
export class HeldStatements {
  readonly #everywhere: HeldBytes;
  #statements: HeldStatement[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #spilledTo = 0;

  constructor(everywhere: HeldBytes) {
    this.#everywhere = everywhere;
  }

  /** Position of the last statement that was told `unknown`; 0 for none. */
  get spilledTo(): number {
    return this.#spilledTo;
  }

  hold(settle: Settle, position: number, bytes: number): void {
    if (this.#statements.length >= HELD_STATEMENTS || !this.#hasRoomFor(bytes)) this.#spill();
    const isTooLarge = !this.#hasRoomFor(bytes);
    this.#statements.push({ settle, position, bytes });
    this.#weigh(bytes);
    if (isTooLarge) this.#spill();
    else this.#timer ??= setTimeout(() => this.#spill(), HOLD_MILLIS).unref();
  }

  /** Tells the statements behind a position. */
  settleAfter(position: number, outcome: TransactionOutcome): void {
    const index = this.#statements.findIndex((held) => held.position > position);
    if (index !== -1) this.#settleFrom(index, outcome);
  }

  /** Tells all of them; the next transaction begins with none. */
  end(outcome: TransactionOutcome): void {
    this.#settleFrom(0, outcome);
    this.#spilledTo = 0;
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= CONNECTION_BYTES && this.#everywhere.hasRoomFor(bytes);
  }

  #spill(): void {
    this.#spilledTo = this.#statements.at(-1)?.position ?? this.#spilledTo;
    this.#settleFrom(0, 'unknown');
  }

  #settleFrom(index: number, outcome: TransactionOutcome): void {
    const settled = this.#statements.splice(index);
    this.#weigh(-settled.reduce((bytes, held) => bytes + held.bytes, 0));
    if (this.#statements.length === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    for (const { settle, position } of settled) settle(outcome, position);
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    this.#everywhere.add(bytes);
  }
}

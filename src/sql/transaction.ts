import { uuidV7 } from '../record/uuid.js';
import type { TransactionStep } from './statement.js';

export type TransactionOutcome = 'autocommit' | 'committed' | 'rolled_back' | 'unknown';

/** Statements of an open transaction that wait for its outcome, at most. */
const HELD_STATEMENTS = 1_000;
/** How long they wait. After that the outcome is `unknown`, and the transaction's own record settles it later. */
export const HOLD_MILLIS = 5_000;

/** Told once, when it is known whether the work was kept. */
export type Settle = (outcome: TransactionOutcome) => void;

interface Savepoint {
  readonly name: string;
  /** Held statements before it. */
  readonly at: number;
  /** Whether statements behind it were told `unknown` already. */
  readonly isSpilled: boolean;
}

/** How a transaction ended, for a record of its own. */
export interface EndedTransaction {
  readonly id: string;
  readonly outcome: 'committed' | 'rolled_back';
  readonly writes: number;
}

/** The transaction of one connection: PostgreSQL answers in order, so the order of completion is the order of work. */
export class ConnectionTransaction {
  #id = '';
  #isText = false;
  #held: Settle[] = [];
  #savepoints: Savepoint[] = [];
  #writes = 0;
  #isUnclear = false;
  #spill: NodeJS.Timeout | undefined;

  /** Empty outside a transaction. */
  get id(): string {
    return this.#id;
  }

  /** A statement that is no step of the transaction itself. */
  statement(settle: Settle, isWrite: boolean): void {
    if (this.#id === '' && !this.#isText) {
      settle('autocommit');
      return;
    }
    if (isWrite && this.#id !== '') this.#writes += 1;
    if (this.#held.length >= HELD_STATEMENTS) this.#settleFrom(0, 'unknown');
    this.#held.push(settle);
    this.#spill ??= setTimeout(() => this.#settleFrom(0, 'unknown'), HOLD_MILLIS).unref();
  }

  /** A text of several statements begins: they are one transaction, until one of them says otherwise. */
  beginText(): void {
    this.#isText = true;
  }

  /** @param outcome Of whatever the text did not put into a transaction of its own. */
  endText(outcome: TransactionOutcome): void {
    this.#isText = false;
    if (this.#id === '') this.#settleFrom(0, outcome);
  }

  /**
   * A step that the server has carried out.
   *
   * @param command What the server answered: a COMMIT of a failed transaction answers ROLLBACK.
   */
  step(step: TransactionStep, command: string): EndedTransaction | undefined {
    switch (step.kind) {
      case 'begin':
        this.#begin();
        return undefined;
      case 'commit':
        return this.#end(command === 'ROLLBACK' ? 'rolled_back' : 'committed', step.chain);
      case 'rollback':
        return this.#end('rolled_back', step.chain);
      case 'prepare':
        if (command === 'ROLLBACK') return this.#end('rolled_back', false);
        this.abandon();
        return undefined;
      case 'savepoint':
        this.#savepoints.push({ name: step.savepoint, at: this.#held.length, isSpilled: false });
        return undefined;
      case 'release':
        this.#savepoints.length = Math.max(0, this.#lastSavepoint(step.savepoint));
        return undefined;
      case 'rollback_to':
        this.#rollbackTo(step.savepoint);
        return undefined;
    }
  }

  /**
   * A step that failed: a COMMIT that the server refuses has undone the work.
   *
   * @param isRefused False when there was no answer, so that it may have been carried out.
   */
  stepFailed({ kind }: TransactionStep, isRefused: boolean): EndedTransaction | undefined {
    if (kind !== 'commit' && kind !== 'prepare') return undefined;
    if (isRefused) return this.#end('rolled_back', false);
    this.abandon();
    return undefined;
  }

  /** The connection is gone: what was not committed is undone. A COMMIT on its way has failed before this. */
  lost(): void {
    this.#end('rolled_back', false);
  }

  /** Nobody will learn how it ended. */
  abandon(): void {
    this.#settleFrom(0, 'unknown');
    this.#reset();
  }

  #begin(): void {
    if (this.#id === '') this.#id = uuidV7();
  }

  #end(outcome: 'committed' | 'rolled_back', chain: boolean): EndedTransaction | undefined {
    const ended = { id: this.#id, outcome, writes: this.#writes };
    // NOTE: some of what was told `unknown` was undone before, so a commit must not settle it.
    const isUnclear = this.#isUnclear && outcome === 'committed';
    this.#settleFrom(0, outcome);
    this.#reset();
    if (chain) this.#begin();
    return ended.id === '' || isUnclear ? undefined : ended;
  }

  #rollbackTo(name: string): void {
    const index = this.#lastSavepoint(name);
    const savepoint = this.#savepoints[index];
    if (savepoint === undefined) return;
    if (savepoint.isSpilled) this.#isUnclear = true;
    this.#settleFrom(savepoint.at, 'rolled_back');
    this.#savepoints.length = index + 1;
  }

  #lastSavepoint(name: string): number {
    return this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
  }

  #settleFrom(index: number, outcome: TransactionOutcome): void {
    const settled = this.#held.splice(index);
    if (index === 0) {
      const isSpill = outcome === 'unknown';
      clearTimeout(this.#spill);
      this.#spill = undefined;
      this.#savepoints = this.#savepoints.map(({ name, at, isSpilled }) => {
        return { name, at: 0, isSpilled: isSpilled || (isSpill && at < settled.length) };
      });
    }
    for (const settle of settled) settle(outcome);
  }

  #reset(): void {
    this.#id = '';
    this.#savepoints = [];
    this.#writes = 0;
    this.#isUnclear = false;
  }
}

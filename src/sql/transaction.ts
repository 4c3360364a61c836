import { uuidV7 } from '../record/uuid.js';
import type { TransactionStep } from './statement.js';

export type TransactionOutcome = 'autocommit' | 'committed' | 'rolled_back' | 'unknown';

/** Statements of an open transaction that wait for its outcome, at most. */
const HELD_STATEMENTS = 1_000;
/** How long they wait. After that the outcome is `unknown`, and the transaction's own record settles it later. */
export const HOLD_MILLIS = 5_000;

/** Told once, when it is known whether the work was kept. */
export type Settle = (outcome: TransactionOutcome) => void;

/** How a transaction ended, for a record of its own. */
export interface EndedTransaction {
  readonly id: string;
  readonly outcome: 'committed' | 'rolled_back';
  readonly writes: number;
}

/** The transaction of one connection: PostgreSQL answers in order, so the order of completion is the order of work. */
export class ConnectionTransaction {
  #id = '';
  #held: Settle[] = [];
  #savepoints: { readonly name: string; readonly at: number }[] = [];
  #writes = 0;
  #spill: NodeJS.Timeout | undefined;

  /** Empty outside a transaction. */
  get id(): string {
    return this.#id;
  }

  /** A statement that is no step of the transaction itself. */
  statement(settle: Settle, isWrite: boolean): void {
    if (this.#id === '') {
      settle('autocommit');
      return;
    }
    if (isWrite) this.#writes += 1;
    if (this.#held.length >= HELD_STATEMENTS) this.#settleFrom(0, 'unknown');
    this.#held.push(settle);
    this.#spill ??= setTimeout(() => this.#settleFrom(0, 'unknown'), HOLD_MILLIS).unref();
  }

  /**
   * A step that the server has carried out.
   *
   * @param command What the server answered: a COMMIT of a failed transaction answers ROLLBACK.
   */
  step(step: TransactionStep, command: string): EndedTransaction | undefined {
    switch (step.kind) {
      case 'begin':
        if (this.#id === '') this.#id = uuidV7();
        return undefined;
      case 'commit':
        return this.#end(command === 'ROLLBACK' ? 'rolled_back' : 'committed');
      case 'rollback':
        return this.#end('rolled_back');
      case 'savepoint':
        this.#savepoints.push({ name: step.savepoint, at: this.#held.length });
        return undefined;
      case 'release':
        this.#savepoints.length = Math.max(0, this.#lastSavepoint(step.savepoint));
        return undefined;
      case 'rollback_to':
        this.#rollbackTo(step.savepoint);
        return undefined;
    }
  }

  /** The connection is gone: what was not committed is undone, but a commit may have been on its way. */
  lost(): void {
    this.#settleFrom(0, 'unknown');
    this.#reset();
  }

  #end(outcome: 'committed' | 'rolled_back'): EndedTransaction | undefined {
    if (this.#id === '') return undefined;
    const ended = { id: this.#id, outcome, writes: this.#writes };
    this.#settleFrom(0, outcome);
    this.#reset();
    return ended;
  }

  #rollbackTo(name: string): void {
    const index = this.#lastSavepoint(name);
    const savepoint = this.#savepoints[index];
    if (savepoint === undefined) return;
    this.#settleFrom(savepoint.at, 'rolled_back');
    this.#savepoints.length = index + 1;
  }

  #lastSavepoint(name: string): number {
    return this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
  }

  #settleFrom(index: number, outcome: TransactionOutcome): void {
    const settled = this.#held.splice(index);
    if (index === 0) {
      clearTimeout(this.#spill);
      this.#spill = undefined;
      this.#savepoints = this.#savepoints.map(({ name }) => ({ name, at: 0 }));
    }
    for (const settle of settled) settle(outcome);
  }

  #reset(): void {
    this.#id = '';
    this.#savepoints = [];
    this.#writes = 0;
  }
}

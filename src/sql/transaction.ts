import { uuidV7 } from '../record/uuid.js';
import { HeldStatements } from './held-statements.js';
import type { HeldBytes, Settle, TransactionOutcome } from './held-statements.js';
import { LOST_PATH, NO_SEARCH_PATH, committedPath, lostPath, setPath } from './search-path.js';
import type { SearchPath } from './search-path.js';
import type { TransactionStep } from './statement.js';

/** Savepoints of one transaction that are remembered; a loop that never releases them makes thousands. */
const SAVEPOINTS = 1_000;
/** What waits for the end of one transaction, at most. */
const AFTERWARDS = 1_000;

interface Savepoint {
  readonly name: string;
  /** Statements before it. */
  readonly position: number;
  readonly path: SearchPath;
  readonly afterwards: number;
}

/** What a record of its own must tell, because statements may have been written before it was known. */
export interface TransactionNews {
  readonly id: string;
  readonly outcome: 'committed' | 'rolled_back' | 'unknown';
  readonly writes: number;
  /** Whether statements of it were written as `unknown`, so that this settles them. */
  readonly isAwaited: boolean;
  /** Positions of the first and the last statement that a savepoint has undone; undefined for the end. */
  readonly undone?: readonly [first: number, last: number];
}

/** By the server's word after a query: idle, in a transaction, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** The transaction of one connection: PostgreSQL answers in order, so the order of completion is the order of work. */
export class ConnectionTransaction {
  readonly #held: HeldStatements;
  #id = '';
  /** Of a text of several statements, without a BEGIN. */
  #isImplicit = false;
  #position = 0;
  #writes = 0;
  #savepoints: Savepoint[] = [];
  #afterwards: ((outcome: TransactionOutcome) => void)[] = [];
  /** Whether it rolled back to a savepoint that we do not know, so that a commit did not keep everything. */
  #isUnclear = false;
  /** Whether a step had no answer, so that savepoints may be others, and the transaction over. */
  #isDoubtful = false;
  #path: SearchPath;
  #pathBefore: SearchPath;

  constructor(everywhere: HeldBytes, path: SearchPath = NO_SEARCH_PATH) {
    this.#held = new HeldStatements(everywhere);
    this.#path = path;
    this.#pathBefore = path;
  }

  /** Empty outside a transaction. */
  get id(): string {
    return this.#id;
  }

  get writes(): number {
    return this.#writes;
  }

  get path(): SearchPath {
    return this.#path;
  }

  /** What a statement has set: a rollback takes it back. */
  setPath(path: string, isLocal: boolean): void {
    this.#path = setPath(this.#path, path, isLocal, this.#id !== '');
  }

  /** Something may have set another path. NOTE: where none was set it was not known before. */
  losePath(): void {
    this.#path = lostPath(this.#path);
  }

  /** Work that depends on whether what was done so far is kept; of what a savepoint undoes it is never told. */
  whenEnded(work: (outcome: TransactionOutcome) => void): void {
    if (this.#id === '') work('autocommit');
    else if (this.#afterwards.length < AFTERWARDS) this.#afterwards.push(work);
    else work('unknown');
  }

  /**
   * A statement that is no step of the transaction itself.
   *
   * @param bytes What it weighs while it waits.
   */
  statement(settle: Settle, isWrite: boolean, bytes: number): void {
    if (this.#id === '') {
      settle('autocommit', 0);
      return;
    }
    this.#position += 1;
    if (isWrite) this.#writes += 1;
    this.#held.hold(settle, this.#position, bytes);
  }

  /** A statement that is no step, and has no record. */
  passOver(): void {
    if (this.#id !== '') this.#position += 1;
  }

  /** A statement of a text of several: they are one transaction, until one of them says otherwise. */
  beginText(): void {
    if (this.#id !== '') return;
    this.#begin();
    this.#isImplicit = true;
  }

  /** @param outcome Of whatever the text did not put into a transaction of its own. */
  endText(outcome: 'committed' | 'rolled_back' | 'unknown'): TransactionNews | undefined {
    if (!this.#isImplicit) return undefined;
    const news = this.#end(outcome, false);
    return news?.isAwaited === true ? news : undefined;
  }

  /**
   * What the server says of the connection: a BEGIN may have been part of something we could not read, and an end of
   * which we know nothing leaves the work open.
   */
  observe(status: TransactionStatus | undefined): TransactionNews | undefined {
    if (status === undefined || (status !== 'I') === (this.#id !== '')) return undefined;
    if (status === 'I') return this.#end('unknown', false);
    this.#begin();
    return undefined;
  }

  /**
   * A step that the server has carried out.
   *
   * @param command What the server answered: a COMMIT of a failed transaction answers ROLLBACK.
   */
  step(step: TransactionStep, command: string): TransactionNews | undefined {
    switch (step.kind) {
      case 'begin': {
        const news = this.#isDoubtful ? this.#end('unknown', false) : undefined;
        this.#begin();
        return news;
      }
      case 'commit':
      case 'prepare':
        return this.#end(command === 'ROLLBACK' ? 'rolled_back' : 'committed', step.chain);
      case 'rollback':
        return this.#end('rolled_back', step.chain);
      case 'savepoint':
        this.#setSavepoint(step.savepoint);
        return undefined;
      case 'release':
        this.#savepoints.length = Math.max(0, this.#lastSavepoint(step.savepoint));
        return undefined;
      case 'rollback_to':
        return this.#rollbackTo(step.savepoint);
      default:
        return undefined;
    }
  }

  /**
   * A step that failed: a COMMIT that the server refuses has undone the work.
   *
   * @param isRefused False when there was no answer, so that it may have been carried out.
   */
  stepFailed({ kind }: TransactionStep, isRefused: boolean): TransactionNews | undefined {
    if (kind === 'commit' || kind === 'prepare')
      return this.#end(isRefused ? 'rolled_back' : 'unknown', false);
    if (!isRefused && this.#id !== '') this.#isDoubtful = true;
    return undefined;
  }

  /** The connection is gone: what was not committed is undone. A COMMIT on its way has failed before this. */
  lost(): TransactionNews | undefined {
    return this.#end('rolled_back', false);
  }

  /** Nobody will learn how it ended. */
  abandon(): TransactionNews | undefined {
    return this.#end('unknown', false);
  }

  #begin(): void {
    this.#isImplicit = false;
    if (this.#id !== '') return;
    this.#id = uuidV7();
    this.#pathBefore = this.#path;
  }

  #end(asked: TransactionNews['outcome'], chain: boolean): TransactionNews | undefined {
    const id = this.#id;
    if (id === '') return undefined;
    const writes = this.#writes;
    const isAwaited = this.#isUnclear || this.#held.spilledTo > 0;
    const outcome = this.#isDoubtful && asked === 'committed' ? 'unknown' : asked;
    // NOTE: some of what was written as `unknown` was undone before, so a commit must not settle it.
    const settled = this.#isUnclear && outcome === 'committed' ? 'unknown' : outcome;
    this.#held.end(outcome);
    for (const work of this.#afterwards) work(settled);
    this.#path = pathAfter(outcome, this.#path, this.#pathBefore);
    this.#reset();
    if (chain) this.#begin();
    return { id, outcome: settled, writes, isAwaited };
  }

  #setSavepoint(name: string): void {
    if (this.#savepoints.length >= SAVEPOINTS) this.#savepoints.shift();
    this.#savepoints.push({
      name,
      position: this.#position,
      path: this.#path,
      afterwards: this.#afterwards.length,
    });
  }

  #rollbackTo(name: string): TransactionNews | undefined {
    const index = this.#lastSavepoint(name);
    const savepoint = this.#savepoints[index];
    if (savepoint === undefined || this.#isDoubtful) {
      this.#isUnclear = true;
      this.#held.settleAfter(0, 'unknown');
      return undefined;
    }
    this.#savepoints.length = index + 1;
    this.#afterwards.length = savepoint.afterwards;
    this.#path = savepoint.path;
    this.#held.settleAfter(savepoint.position, 'rolled_back');
    const { spilledTo } = this.#held;
    if (spilledTo <= savepoint.position) return undefined;
    const undone = [savepoint.position + 1, spilledTo] as const;
    return { id: this.#id, outcome: 'unknown', writes: this.#writes, isAwaited: true, undone };
  }

  #lastSavepoint(name: string): number {
    return this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
  }

  #reset(): void {
    this.#id = '';
    this.#isImplicit = false;
    this.#position = 0;
    this.#writes = 0;
    this.#savepoints = [];
    this.#afterwards = [];
    this.#isUnclear = false;
    this.#isDoubtful = false;
  }
}

/** NOTE: where nobody knows how a transaction ended, a path that was set in it may be set or not. */
function pathAfter(outcome: TransactionOutcome, path: SearchPath, before: SearchPath): SearchPath {
  if (outcome === 'committed') return committedPath(path);
  if (outcome === 'rolled_back') return before;
  return path.session === before.session ? before : { session: LOST_PATH, local: undefined };
}

import type { Guard } from '../../guard.js';
import { isSqlParserReady, loadSqlParser } from '../../sql/analyse.js';

/**
 * What needs the parser, in its order. The first statements of a process come while the parser loads, and others may while
 * it is replaced: all of them wait then. An application without a database never loads it.
 */
export class ParserQueue {
  readonly #guard: Guard;
  readonly #waiting: (() => void)[] = [];

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Statements are about to come. */
  expect(): void {
    void loadSqlParser();
  }

  /** Work that needs the parser. */
  run(work: () => void): void {
    if (isSqlParserReady()) this.runNext(work);
    else if (this.#waiting.push(work) === 1) this.#goOnWhenReady();
  }

  /** Work that comes after all that was there before. */
  runNext(work: () => void): void {
    if (this.#waiting.length === 0) work();
    else this.#waiting.push(work);
  }

  /** The end of the process waits for no parser: what it has not read is recorded by the server's word. */
  settle(): void {
    while (this.#waiting.length > 0) this.#next();
  }

  #goOnWhenReady(): void {
    void loadSqlParser().finally(() => {
      while (isSqlParserReady() && this.#waiting.length > 0) this.#next();
      if (this.#waiting.length > 0) this.#goOnWhenReady();
    });
  }

  #next(): void {
    this.#guard('what waited for the parser', this.#waiting.shift() as () => void);
  }
}

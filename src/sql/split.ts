import { endOfBrackets, SqlScanner } from './scanner.js';

const OPEN = 40;
const SEMICOLON = 59;

/** Calls `visit` for each statement of a text, with where it begins and ends. */
type Visit = (start: number, end: number) => void;

/**
 * Cuts a text into statements where psql would: at a semicolon that stands in no brackets and in no `BEGIN ATOMIC … END` of
 * a function. Linear in the length of the text.
 */
export function splitStatements(text: string, visit: Visit): void {
  const scanner = new SqlScanner(text);
  const blocks = new Blocks();
  let start = 0;
  let isBlank = true;
  while (scanner.next()) {
    if (scanner.kind === 'comment') continue;
    const symbol = scanner.kind === 'symbol' ? scanner.first : 0;
    if (symbol === SEMICOLON && !blocks.isOpen) {
      if (!isBlank) visit(start, scanner.start);
      start = scanner.end;
      isBlank = true;
      blocks.reset();
      continue;
    }
    isBlank = false;
    if (symbol === OPEN) scanner.end = endOfBrackets(text, scanner.end);
    else if (scanner.kind === 'word' && scanner.end - scanner.start <= LONGEST_WORD)
      blocks.word(scanner.token);
  }
  if (!isBlank) visit(start, text.length);
}

/** `procedure`: no longer word says anything of blocks. */
const LONGEST_WORD = 9;

/** The `BEGIN ATOMIC … END` that a place in a function is within. NOTE: a CASE has an END, too. */
class Blocks {
  #depth = 0;
  #isRoutine = false;
  #before = '';

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  word(given: string): void {
    const word = given.toLowerCase();
    if (word === 'function' || word === 'procedure') this.#isRoutine = true;
    else if (this.#isRoutine && word === 'atomic' && this.#before === 'begin') this.#depth += 1;
    else if (this.#depth > 0 && word === 'case') this.#depth += 1;
    else if (this.#depth > 0 && word === 'end') this.#depth -= 1;
    this.#before = word;
  }

  reset(): void {
    this.#depth = 0;
    this.#isRoutine = false;
  }
}

import { endOfBrackets, SqlScanner } from './scanner.js';

/** How much of the long parts of a statement is kept. */
export interface Lengths {
  readonly rows: number;
  readonly items: number;
  readonly stringCharacters: number;
}

export interface Shortened {
  readonly text: string;
  /** Rows of the VALUES of the statement itself, kept or not; 0 where it has none. */
  readonly rows: number;
  /** Whether rows of any VALUES, items of lists, or parts of constants were left out. */
  readonly isCut: { readonly rows: boolean; readonly items: boolean; readonly constants: boolean };
  /** Whether what was left out may call functions. */
  readonly mayHideCalls: boolean;
}

/** What stands for a constant that is too long to be kept. */
export const TOO_LONG = '[too long]';

interface Level {
  /** Commas so far. */
  items: number;
  /** Whether what stands in the brackets is a list, and no query with lists of its own. */
  isList: boolean;
  /** Whether all of it is kept: columns of an INSERT and rows of VALUES have their places from each other. */
  readonly isWhole: boolean;
  /** Whether the next brackets are those of the columns of an INSERT. */
  isBeforeColumns: boolean;
  /** Rows behind VALUES; -1 where there is no VALUES. */
  rows: number;
  /** Whether rows of VALUES go on here: nothing but rows and commas has come since. */
  isInRows: boolean;
  /** Branches of each CASE that is open. */
  readonly cases: number[];
}

const QUERY_WORDS = new Set(['select', 'with', 'insert', 'update', 'delete', 'merge', 'table', 'values']);
/** When so much is kept already the statement stays too long for the parser, whatever follows. */
const MOST_CHARACTERS = 1_048_576;
const SHORTEST_WORD = 3;
const LONGEST_WORD = 6;
const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;

/**
 * A statement with the same meaning and less in it: rows, items of lists and branches of a CASE behind the first ones are
 * left out, long constants replaced, comments dropped. Linear in the length of the text.
 */
export function shorten(text: string, lengths: Lengths): Shortened {
  return new Shortener(text, lengths).run();
}

class Shortener {
  readonly #scanner: SqlScanner;
  readonly #text: string;
  readonly #lengths: Lengths;
  readonly #pieces: string[] = [];
  readonly #levels: Level[] = [];
  #level: Level = newLevel(false);
  /** Behind what was copied or left out. */
  #copied = 0;
  #mayHideCalls = false;
  readonly #isCut = { rows: false, items: false, constants: false };
  /** Characters left out so far. */
  #removed = 0;
  /** Behind the last token. */
  #seen = 0;
  /** Whether what was kept ends with a space that stands for others. */
  #isSpace = false;

  constructor(text: string, lengths: Lengths) {
    this.#scanner = new SqlScanner(text);
    this.#text = text;
    this.#lengths = lengths;
  }

  run(): Shortened {
    const scanner = this.#scanner;
    while (scanner.next()) {
      this.#take(scanner);
      this.#seen = scanner.end;
      if (scanner.end - this.#removed > MOST_CHARACTERS) break;
    }
    this.#pieces.push(this.#text.slice(this.#copied));
    const rows = (this.#levels[0] ?? this.#level).rows;
    const { rows: isRows, items, constants } = this.#isCut;
    const isCut = { rows: isRows, items, constants };
    return { text: this.#pieces.join(''), rows: Math.max(0, rows), isCut, mayHideCalls: this.#mayHideCalls };
  }

  #take(scanner: SqlScanner): void {
    const { kind, start, end } = scanner;
    // NOTE: a comment is a space, and many of them are one.
    if (start > this.#seen && (this.#isSpace || start - this.#seen > 1)) {
      this.#replace(this.#seen, start, this.#isSpace ? '' : ' ');
      this.#isSpace = true;
    }
    if (kind === 'comment') {
      this.#replace(start, end, this.#isSpace ? '' : ' ');
      this.#isSpace = true;
      return;
    }
    this.#isSpace = false;
    if (kind !== 'symbol') this.#level.isInRows = false;
    if (kind === 'string') this.#takeString(scanner);
    else if (kind === 'word') {
      const length = end - start;
      if (length >= SHORTEST_WORD && length <= LONGEST_WORD) this.#takeWord(scanner.token.toLowerCase());
    } else if (scanner.kind === 'symbol') this.#takeSymbol(scanner.first);
  }

  #takeString({ start, end }: SqlScanner): void {
    if (end - start <= this.#lengths.stringCharacters) return;
    this.#isCut.constants = true;
    this.#replace(start, end, `'${TOO_LONG}'`);
  }

  #takeWord(word: string): void {
    const { cases } = this.#level;
    if (QUERY_WORDS.has(word)) {
      this.#level.isList = false;
      this.#level.isBeforeColumns = word === 'insert';
    }
    if (word === 'values' && this.#level.rows === -1) this.#beginRows();
    else if (word === 'case') cases.push(0);
    else if (word === 'end') cases.pop();
    else if (word === 'when' && cases.length > 0) this.#takeBranch(cases);
  }

  #beginRows(): void {
    this.#level.rows = 0;
    this.#level.isInRows = true;
  }

  #takeBranch(cases: number[]): void {
    const branches = (cases.pop() ?? 0) + 1;
    cases.push(branches);
    if (branches > this.#lengths.items) this.#skipBranches();
  }

  /** Leaves out everything up to the ELSE or END of the innermost CASE. */
  #skipBranches(): void {
    const scanner = this.#scanner;
    const from = scanner.start;
    for (let depth = 1; scanner.next();) {
      if (scanner.kind === 'symbol' && scanner.first === OPEN)
        scanner.end = endOfBrackets(this.#text, scanner.end);
      if (scanner.kind !== 'word') continue;
      const word = scanner.token.toLowerCase();
      if (word === 'case') depth += 1;
      else if (word === 'end') depth -= 1;
      if (depth === 0 || (depth === 1 && word === 'else')) {
        // NOTE: the word itself is read again.
        scanner.end = scanner.start;
        break;
      }
    }
    this.#leaveOut(from, scanner.end, ' ', /\(/);
  }

  #takeSymbol(symbol: number): void {
    if (symbol === OPEN || symbol === OPEN_SQUARE) this.#open();
    else if (symbol === CLOSE || symbol === CLOSE_SQUARE) this.#level = this.#levels.pop() ?? this.#level;
    else if (symbol === COMMA) this.#takeComma();
    else this.#level.isInRows = false;
  }

  #open(): void {
    const level = this.#level;
    if (level.isInRows) level.rows += 1;
    const isWhole = level.isInRows || level.isBeforeColumns;
    level.isBeforeColumns = false;
    this.#levels.push(level);
    this.#level = newLevel(true, isWhole);
  }

  #takeComma(): void {
    const level = this.#level;
    if (level.isInRows) {
      if (level.rows >= this.#lengths.rows) this.#skipRows(level);
      return;
    }
    level.items += 1;
    if (level.isList && !level.isWhole && level.items >= this.#lengths.items) this.#skipItems();
  }

  /** Leaves out the rest of the rows, but counts them. */
  #skipRows(level: Level): void {
    const scanner = this.#scanner;
    const from = scanner.start;
    let end = from;
    while (nextSymbol(scanner) === OPEN) {
      scanner.end = endOfBrackets(this.#text, scanner.end);
      ({ end } = scanner);
      level.rows += 1;
      if (nextSymbol(scanner) !== COMMA) break;
    }
    // NOTE: never back to where it was, or nothing would ever end.
    scanner.end = Math.max(end, from + 1);
    this.#isCut.rows = true;
    this.#leaveOut(from, end, '', /\([^()]*\(/);
  }

  /** Leaves out the rest of a list. */
  #skipItems(): void {
    const scanner = this.#scanner;
    const from = scanner.start;
    const end = endOfBrackets(this.#text, scanner.end);
    // NOTE: the bracket itself is read again, the comma never.
    scanner.end = Math.max(from + 1, end - 1);
    this.#isCut.items = true;
    this.#leaveOut(from, scanner.end, '', /\(/);
  }

  /** @param call What a call of a function cannot do without. */
  #leaveOut(from: number, to: number, instead: string, call: RegExp): void {
    this.#mayHideCalls ||= call.test(this.#text.slice(from, to));
    this.#replace(from, to, instead);
  }

  #replace(from: number, to: number, instead: string): void {
    this.#pieces.push(this.#text.slice(this.#copied, from), instead);
    this.#removed += to - from - instead.length;
    this.#copied = to;
  }
}

function newLevel(isList: boolean, isWhole = false): Level {
  return { items: 0, isList, isWhole, isBeforeColumns: false, rows: -1, isInRows: false, cases: [] };
}

/** Goes to the next token that is no comment, and gives its first character. */
function nextSymbol(scanner: SqlScanner): number {
  while (scanner.next()) if (scanner.kind !== 'comment') return scanner.first;
  return -1;
}

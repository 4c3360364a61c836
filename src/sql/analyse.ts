import { Buffer } from 'node:buffer';
import { withoutQuotedValue } from './error-message.js';
import { readHead } from './head.js';
import { normalize } from './normalize.js';
import { parseSql } from './parser.js';
import { createReader } from './read-statement.js';
import type { SqlReading } from './read-statement.js';
import { SqlScanner } from './scanner.js';
import { shorten } from './shorten.js';
import type { Lengths, Shortened } from './shorten.js';
import { splitStatements } from './split.js';
import { describe } from './statement.js';
import type { SqlStatement } from './statement.js';
import { StatementCache } from './statement-cache.js';

export { isSqlParserReady, loadSqlParser } from './parser.js';

/** One statement of a text that was sent to the server. */
export interface AnalysedStatement extends SqlStatement {
  /** Without constants and comments. */
  readonly normalized: string;
  /** Why the text could not be understood; empty when it was. */
  readonly problem: string;
  /** What of it was cut, by the columns of a record. */
  readonly truncated: readonly string[];
  /** The key of its database's tables, where all of them have the same. */
  readonly keyColumns?: readonly string[];
}

/** What the parser did not get to see. */
interface LeftOut {
  /** How many rows its VALUES had. */
  readonly rowCount: number;
  readonly rows: boolean;
  readonly items: boolean;
  readonly constants: boolean;
}

const NOTHING_LEFT_OUT: LeftOut = Object.freeze({ rowCount: 0, rows: false, items: false, constants: false });

/** Longer texts are cut into statements and shortened before they are parsed: some 4 ms for the parser at the most. */
const WHOLE_TEXT_CHARACTERS = 16_384;
/** What the parser is given at the most, of one statement or of all statements of a long text. */
const PARSED_CHARACTERS = 65_536;
/** Going over a text blocks the event loop, some 10 to 20 ms for a megabyte. */
const SCANNED_CHARACTERS = 33_554_432;
/** Statements of a long text that are read; the others are one `other`. */
const LONG_TEXT_STATEMENTS = 500;
/** Tried one after the other until the statement is short enough. */
const SHORTER: readonly Lengths[] = [
  { rows: 100, items: 2_000, stringCharacters: 2_048 },
  { rows: 100, items: 100, stringCharacters: 256 },
  { rows: 10, items: 10, stringCharacters: 64 },
  { rows: 1, items: 10, stringCharacters: 64 },
];
/** Of what is longer than this less is kept at once, and it is not gone over again. */
const VERY_LONG_CHARACTERS = 1_048_576;
const STORED_STATEMENT_CHARACTERS = 8_192;
/** Of a text that was not understood these are looked at for its leading keyword. */
const KEYWORD_CHARACTERS = 4_096;
/** Texts the parser broke over that are remembered: a second time it is the text's fault. */
const SUSPECTS = 100;

/** Turns texts into statements. */
export function createSqlAnalyser(reading: SqlReading = {}): (text: string) => readonly AnalysedStatement[] {
  const texts = new SqlTexts(reading, (statements) => ({ statements }));
  return (text) => texts.read(text).statements;
}

interface SqlText {
  readonly statements: readonly AnalysedStatement[];
}

/** What is known of texts; each distinct one is parsed once while it is remembered. */
export class SqlTexts<T extends SqlText> {
  readonly #read: Reader;
  readonly #make: (statements: readonly AnalysedStatement[]) => T;
  readonly #cache = new StatementCache<T>(weigh);
  readonly #suspects = new Set<string>();

  /** @param make What is remembered with the statements of a text. */
  constructor(reading: SqlReading, make: (statements: readonly AnalysedStatement[]) => T) {
    this.#read = createReader(reading);
    this.#make = make;
  }

  /** Undefined where the text is still to be read. */
  known(text: string): T | undefined {
    return this.#cache.get(text);
  }

  read(text: string): T {
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    const { statements, isFinal } = new Analysis(this.#read).run(text);
    const made = this.#make(statements);
    if (isFinal || this.#suspects.delete(text)) this.#cache.set(text, made);
    else if (this.#suspects.size < SUSPECTS) this.#suspects.add(text);
    return made;
  }
}

/** Bytes that a text and its meaning take in memory, roughly. */
function weigh(text: string, { statements }: SqlText): number {
  let bytes = 2 * text.length;
  for (const { normalized, assignments, insertedRows, conditions } of statements) {
    const sources = conditions.reduce((sum, condition) => sum + condition.sources.length, assignments.length);
    const rows = insertedRows.reduce((sum, row) => sum + row.length, 0);
    bytes += 1_000 + 2 * normalized.length + 100 * (sources + rows);
  }
  return bytes;
}

type Reader = ReturnType<typeof createReader>;

class Analysis {
  readonly #read: Reader;
  readonly #statements: AnalysedStatement[] = [];
  /** False when the same text may be understood another time. */
  #isFinal = true;

  constructor(read: Reader) {
    this.#read = read;
  }

  run(text: string): { statements: readonly AnalysedStatement[]; isFinal: boolean } {
    // NOTE: for the server a text ends at its first NUL.
    const end = text.indexOf('\0');
    this.#analyse(end === -1 ? text : text.slice(0, end));
    return { statements: this.#statements, isFinal: this.#isFinal };
  }

  #analyse(text: string): void {
    if (text.length <= WHOLE_TEXT_CHARACTERS) {
      if (new SqlScanner(text).next()) this.#parse(text, text, NOTHING_LEFT_OUT);
      return;
    }
    if (text.length <= SCANNED_CHARACTERS) this.#analyseLong(text);
    else this.#refuse(text, `longer than ${SCANNED_CHARACTERS} characters`);
  }

  #analyseLong(text: string): void {
    let left = PARSED_CHARACTERS;
    let read = 0;
    let firstLeftOut = '';
    let leftOut = 0;
    splitStatements(text, (start, end) => {
      if (read < LONG_TEXT_STATEMENTS && left > 0) {
        left -= this.#parseLong(text.slice(start, end));
        read += 1;
        return;
      }
      leftOut += 1;
      if (leftOut === 1) firstLeftOut = text.slice(start, start + KEYWORD_CHARACTERS);
    });
    if (leftOut > 0) this.#refuse(firstLeftOut, `${leftOut} further statements were not read`);
  }

  /** Gives the characters that the parser had to read. */
  #parseLong(statement: string): number {
    let short = statement;
    let leftOut = NOTHING_LEFT_OUT;
    let mayHideCalls = false;
    if (statement.length > WHOLE_TEXT_CHARACTERS) {
      for (const lengths of statement.length > VERY_LONG_CHARACTERS ? SHORTER.slice(1) : SHORTER) {
        if (short !== statement && short.length > VERY_LONG_CHARACTERS) break;
        const shortened = shorten(short, lengths);
        short = shortened.text;
        leftOut = addUp(leftOut, shortened);
        mayHideCalls ||= shortened.mayHideCalls;
        if (short.length <= WHOLE_TEXT_CHARACTERS) break;
      }
    }
    if (short.length <= PARSED_CHARACTERS) this.#parse(short, statement, leftOut);
    else this.#readHead(statement);
    if (mayHideCalls) this.#doubtRead();
    return short.length;
  }

  /** What calls a function is no `read`, and nobody has seen all that this one calls. */
  #doubtRead(): void {
    const last = this.#statements.pop();
    if (last === undefined) return;
    const doubt = { action: 'other' as const, problem: 'what was left out of its lists may call functions' };
    this.#statements.push(last.action === 'read' ? { ...last, ...doubt } : last);
  }

  #readHead(statement: string): void {
    const problem = `longer than ${PARSED_CHARACTERS} characters without its long lists and constants`;
    const head = readHead(statement);
    const other = notUnderstood(statement, problem);
    this.#statements.push(head === undefined ? other : { ...other, ...head, problem, truncated: ALL });
  }

  /**
   * @param text What is parsed.
   * @param given What was sent.
   */
  #parse(text: string, given: string, leftOut: LeftOut): void {
    const parsed = parseSql(text);
    if (parsed.kind !== 'parsed') {
      if (parsed.kind === 'broken') this.#isFinal = false;
      this.#refuse(given, parsed.problem);
      return;
    }
    const bytes = parsed.statements.length > 1 ? Buffer.from(text) : undefined;
    for (const statement of parsed.statements) {
      const meaning = this.#meaningOf(statement['stmt']);
      const own = bytes === undefined ? text : cut(bytes, statement['stmt_location'], statement['stmt_len']);
      const normalized = normalize(own, meaning.action === 'schema', STORED_STATEMENT_CHARACTERS);
      const known = leftOut.rows ? withoutCommon(meaning, leftOut.rowCount) : meaning;
      const truncated = truncatedOf(meaning, leftOut);
      this.#statements.push({ problem: '', ...known, normalized, truncated });
    }
  }

  /** NOTE: a tree may be too deep for what is left of the stack. */
  #meaningOf(tree: unknown): SqlStatement & { readonly problem?: string } {
    try {
      return this.#read(tree);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#isFinal = false;
      return { ...describe('other', []), problem: 'nested too deeply' };
    }
  }

  #refuse(text: string, problem: string): void {
    this.#statements.push(notUnderstood(text, withoutQuotedValue(problem)));
  }
}

function addUp(one: LeftOut, { rows, isCut }: Shortened): LeftOut {
  return {
    rowCount: Math.max(one.rowCount, rows),
    rows: one.rows || isCut.rows,
    items: one.items || isCut.items,
    constants: one.constants || isCut.constants,
  };
}

/** NOTE: what the rows that were kept have in common need not be so in the others. */
function withoutCommon<T extends SqlStatement>(statement: T, rowCount: number): T {
  const common = (part: Pick<SqlStatement, 'insertedRowCount' | 'assignments'>) =>
    part.insertedRowCount > 0 ? { assignments: [] } : {};
  const isOwn = statement.insertedRowCount > 0 && rowCount > statement.insertedRowCount;
  return {
    ...statement,
    ...common(statement),
    ...(isOwn ? { insertedRowCount: rowCount } : {}),
    also: statement.also.map((part) => ({ ...part, ...common(part) })),
  };
}

const ALL: readonly string[] = ['changed_fields', 'new_values'];

function truncatedOf({ fields, also }: SqlStatement, { rows, items, constants }: LeftOut): readonly string[] {
  const sets = fields.length > 0 || also.some((part) => part.fields.length > 0);
  if (!sets) return [];
  if (items) return ALL;
  return rows || constants ? ['new_values'] : [];
}

/** NOTE: the parser counts bytes, and leaves out a location or length of 0. */
function cut(bytes: Buffer, location: unknown, length: unknown): string {
  const start = Number(location ?? 0);
  const end = length === undefined ? bytes.length : start + Number(length);
  return bytes.toString('utf8', start, end);
}

/** Only the leading keyword is kept: a text that was not understood may hold anything, and the parser quotes it. */
function notUnderstood(text: string, problem: string): AnalysedStatement {
  const scanner = new SqlScanner(text.slice(0, KEYWORD_CHARACTERS));
  while (scanner.next() && (scanner.kind === 'comment' || scanner.token === '('));
  const keyword = scanner.kind === 'word' ? (/^[A-Za-z]{0,32}/.exec(scanner.token)?.[0] ?? '') : '';
  return { ...describe('other', []), normalized: keyword.toUpperCase(), problem, truncated: [] };
}

import { Buffer } from 'node:buffer';
import * as parser from 'libpg-query';
import { messageOf } from '../errors.js';
import { withoutQuotedValue } from './error-message.js';
import { normalize } from './normalize.js';
import type { Token } from './normalize.js';
import { readStatement } from './read-statement.js';
import { describe } from './statement.js';
import type { SqlStatement } from './statement.js';
import { isFields, list } from './syntax-tree.js';

/** One statement of a text that was sent to the server. */
export interface AnalysedStatement extends SqlStatement {
  /** Without constants and comments. */
  readonly normalized: string;
  /** Why the text could not be understood; empty when it was. */
  readonly problem: string;
}

/** Texts remembered; what is longer than the limit is analysed but not kept. */
const CACHE_ENTRIES = 2_000;
const CACHED_TEXT_CHARACTERS = 8_192;
/** Parsing blocks the event loop, about a millisecond for every 30,000 characters. */
const PARSED_TEXT_CHARACTERS = 262_144;
const STORED_STATEMENT_CHARACTERS = 8_192;

let isReady = false;
let loadProblem = '';

/** Loads PostgreSQL's parser; without it every statement is an honest `other`. Never rejects. */
export async function loadSqlParser(): Promise<void> {
  try {
    await parser.loadModule();
    isReady = true;
  } catch (error) {
    loadProblem = `PostgreSQL's parser cannot be loaded: ${messageOf(error)}`;
  }
}

export function isSqlParserReady(): boolean {
  return isReady || loadProblem !== '';
}

/** Turns texts into statements; each distinct text is parsed once while it is remembered. */
export function createSqlAnalyser(): (text: string) => readonly AnalysedStatement[] {
  const cache = new Map<string, readonly AnalysedStatement[]>();
  return (text) => {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const statements = analyse(text);
    if (isReady && text.length <= CACHED_TEXT_CHARACTERS) remember(cache, text, statements);
    return statements;
  };
}

/** NOTE: a Map iterates in order of insertion, so the first key is the oldest. */
function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  if (cache.size >= CACHE_ENTRIES) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(key, value);
}

function analyse(text: string): readonly AnalysedStatement[] {
  if (text.trim() === '') return [];
  if (!isReady) return [notUnderstood(text, loadProblem)];
  if (text.length > PARSED_TEXT_CHARACTERS)
    return [notUnderstood(text, `longer than ${PARSED_TEXT_CHARACTERS} characters`)];
  try {
    const statements = list(parser.parseSync(text).stmts).filter(isFields);
    const bytes = statements.length > 1 ? Buffer.from(text) : undefined;
    return statements.map((statement) => {
      const meaning = readStatement(statement['stmt']);
      const own = bytes === undefined ? text : cut(bytes, statement['stmt_location'], statement['stmt_len']);
      return { ...meaning, normalized: normalizeStatement(own, meaning.action === 'schema'), problem: '' };
    });
  } catch (error) {
    return [notUnderstood(text, messageOf(error))];
  }
}

/** NOTE: the parser counts bytes, and leaves out a location or length of 0. */
function cut(bytes: Buffer, location: unknown, length: unknown): string {
  const start = Number(location ?? 0);
  const end = length === undefined ? bytes.length : start + Number(length);
  return bytes.toString('utf8', start, end);
}

function normalizeStatement(text: string, keepNumbers: boolean): string {
  const tokens = parser.scanSync(text).tokens as readonly Token[];
  const normalized = normalize(text, tokens, keepNumbers).replace(/\s*;$/, '');
  return normalized.slice(0, STORED_STATEMENT_CHARACTERS);
}

/** Only the leading keyword is kept: a text that was not understood may hold anything, and the parser quotes it. */
function notUnderstood(text: string, reason: string): AnalysedStatement {
  const problem = withoutQuotedValue(reason);
  const keyword = /^[\s(]*([A-Za-z]+)/.exec(text.slice(0, 200))?.[1] ?? '';
  return { ...describe('other', []), normalized: keyword.toUpperCase(), problem };
}

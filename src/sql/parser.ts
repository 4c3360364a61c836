import type { LibPgQuery } from 'libpg-query/wasm/libpg-query.js';
import { messageOf } from '../errors.js';
import { isFields, list } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/**
 * The parser's memory when it is replaced: it never shrinks, and a text of the longest length that we give it needs no more
 * than the 128 MiB (of address space) that it begins with.
 */
const MEMORY_BYTES = 192 * 1_048_576;

/** What the parser makes of a text. */
export type Parsed =
  /** Statements as trees, with their location and length in bytes. */
  | { readonly kind: 'parsed'; readonly statements: readonly Fields[] }
  /** The text is no SQL. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** The parser broke, by the text's fault or by that of a stack that was nearly full before. */
  | { readonly kind: 'broken'; readonly problem: string };

let current: LibPgQuery | undefined;
let loading: Promise<void> | undefined;
let loadProblem = '';

/** Resolves when PostgreSQL's parser is there, or cannot be had. Never rejects. */
export function loadSqlParser(): Promise<void> {
  loading ??= load();
  return loading;
}

/** False while it loads, also after it broke. */
export function isSqlParserReady(): boolean {
  return current !== undefined || loadProblem !== '';
}

async function load(): Promise<void> {
  try {
    const create =
      require('libpg-query/wasm/libpg-query.js') as typeof import('libpg-query/wasm/libpg-query.js');
    current = await create.default();
  } catch (error) {
    loadProblem = `PostgreSQL's parser cannot be loaded: ${messageOf(error)}`;
  }
}

/**
 * NOTE: after an exception in its middle the parser's stack and heap are in disorder, and some 25 later it runs in a circle
 * for ever. So it is never used again.
 */
function replace(): void {
  current = undefined;
  loading = load();
}

/** Never throws. */
export function parseSql(text: string): Parsed {
  const parser = current;
  if (parser === undefined) {
    return { kind: 'broken', problem: loadProblem || "PostgreSQL's parser is being loaded" };
  }
  const answer = askSafely(parser, text);
  if ('kind' in answer) return answer;
  if (parser.HEAPU8.length > MEMORY_BYTES) replace();
  try {
    const tree = JSON.parse(answer.tree) as Fields;
    return { kind: 'parsed', statements: list(tree['stmts']).filter(isFields) };
  } catch (error) {
    return { kind: 'refused', problem: messageOf(error) };
  }
}

function askSafely(parser: LibPgQuery, text: string): { tree: string } | Parsed {
  const { exitCode } = process;
  try {
    return ask(parser, text);
  } catch (error) {
    // NOTE: when its memory runs out, Emscripten sets the exit code of the process, which is the application's.
    process.exitCode = exitCode;
    replace();
    return { kind: 'broken', problem: `PostgreSQL's parser broke: ${messageOf(error)}` };
  }
}

function ask(parser: LibPgQuery, text: string): { tree: string } | Parsed {
  const bytes = parser.lengthBytesUTF8(text) + 1;
  const pointer = parser._malloc(bytes);
  parser.stringToUTF8(text, pointer, bytes);
  const result = parser._wasm_parse_query_raw(pointer);
  const tree = parser.getValue(result, 'i32');
  const error = parser.getValue(result + 8, 'i32');
  const answer =
    error === 0
      ? { tree: parser.UTF8ToString(tree) }
      : { kind: 'refused' as const, problem: parser.UTF8ToString(parser.getValue(error, 'i32')) };
  parser._wasm_free_parse_result(result);
  parser._free(pointer);
  return answer;
}

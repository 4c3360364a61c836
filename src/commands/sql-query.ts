import { EXIT } from '../errors.js';
import type { Search } from '../search/search.js';
import { StoreError } from '../store/errors.js';
import { queryRows } from '../store/query-rows.js';
import { describeReadingError } from './reading.js';
import type { Reading } from './reading.js';
import { momentAs } from './sql-moment.js';
import { createGridLines } from './terminal/grid-lines.js';
import { createCsvLines, createJsonLines } from './terminal/lines.js';
import type { Lines } from './terminal/lines.js';
import type { OutputFormat } from './terminal/record-lines.js';
import { parseTabSeparated } from './terminal/tab-separated.js';
import type { Terminal } from './terminal/terminal.js';
import { UsageError } from './usage-error.js';

export interface SqlQuery {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Only its period, which the SQL may take as {from:DateTime} and {to:DateTime}. */
  readonly search: Search;
  readonly format: OutputFormat;
}

/** Shows what ClickHouse answers to a statement that `requireReading` lets through. Whatever its user may do, it changes nothing. */
export async function runSql(query: SqlQuery, reading: Reading): Promise<number> {
  const { client, store, terminal, say } = reading;
  const answer = createAnswer(query.format, terminal);
  let lines = 0;
  try {
    const result = await client.query({
      query: query.sql,
      query_params: bind(query),
      format: answer.format,
      clickhouse_settings: await readOnly(reading),
    });
    for await (const rows of result.stream()) {
      lines += rows.length;
      await terminal.write(...rows.flatMap(({ text }) => answer.lines.next(text)));
    }
  } catch (error) {
    throw asUsage(describeReadingError(error, store));
  }
  await terminal.write(...answer.lines.end());
  if (lines > answer.headLines) return EXIT.good;
  say('The query has no rows.');
  return EXIT.finding;
}

interface Answer {
  readonly format: 'JSONEachRow' | 'TabSeparatedWithNamesAndTypes';
  /** So many lines of it are no rows. */
  readonly headLines: number;
  /** Of lines as the server sent them. */
  readonly lines: Lines<string>;
}

/** NOTE: values stay texts all the way: numbers of JavaScript would round those of 64 bits, and decimals. */
function createAnswer(format: OutputFormat, terminal: Terminal): Answer {
  if (format === 'json' || format === 'jsonl')
    return { format: 'JSONEachRow', headLines: 0, lines: createJsonLines(format === 'json') };
  const isCsv = format === 'csv';
  const { next, end } = isCsv ? withoutTypes(terminal) : createGridLines(terminal);
  return {
    format: 'TabSeparatedWithNamesAndTypes',
    headLines: 2,
    lines: { next: (line) => next(parseTabSeparated(line, isCsv ? '' : 'NULL')), end },
  };
}

function withoutTypes({ isTerminal }: Terminal): Lines<readonly string[]> {
  const { next, end } = createCsvLines(isTerminal);
  let line = 0;
  return { next: (cells) => ((line += 1) === 2 ? [] : next(cells)), end };
}

/** A user whose profile is read-only may not send settings, and needs none. */
async function readOnly({ client }: Reading): Promise<{ readonly?: '1' }> {
  const [row] = await queryRows<{ level: string | number }>(client, "SELECT getSetting('readonly') AS level");
  return Number(row?.level) === 0 ? { readonly: '1' } : {};
}

/** Values as the SQL wants them: a text, or where it says {name:Array(…)} a list. */
function bind(query: SqlQuery): Record<string, string | readonly string[]> {
  const values = Object.entries({ ...periodOf(query), ...query.parameters });
  return Object.fromEntries(
    values.map(([name, value]) => {
      const isList = new RegExp(`\\{\\s*${name}\\s*:\\s*Array\\(`).test(query.sql);
      return [name, isList ? readList(name, value) : value];
    }),
  );
}

/** As JSON, or simply with commas. */
function readList(name: string, text: string): readonly string[] {
  if (!text.startsWith('[')) return text === '' ? [] : text.split(',');
  try {
    return JSON.parse(text) as readonly string[];
  } catch (cause) {
    throw new UsageError(`--param ${name} is a list: write a,b or ["a","b"].`, { cause });
  }
}

function periodOf({ sql, search }: SqlQuery): Record<string, string> {
  const period: Record<string, string> = {};
  for (const name of ['from', 'to'] as const) {
    if (search[name] === '') continue;
    const types = typesOf(name, sql);
    if (types.length === 0)
      throw new UsageError(`--${name} needs a place in the SQL, such as {${name}:DateTime}.`);
    period[name] = momentAs(types, search[name], { isEnd: name === 'to' });
  }
  return period;
}

/** As the SQL declares a parameter, once or more. */
function typesOf(name: string, sql: string): readonly string[] {
  return [...sql.matchAll(new RegExp(`\\{\\s*${name}\\s*:\\s*([^}]*)\\}`, 'g'))].map(([, type = '']) => type);
}

/** What the server does not understand is wrong in the SQL. */
function asUsage(error: Error): Error {
  if (!(error instanceof StoreError) || error.code !== 'ERR_AUDIT_STORE_REFUSED') return error;
  return new UsageError(error.message, { cause: error });
}

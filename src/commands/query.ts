import { InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../errors.js';
import type { Cursor, Search } from '../search/search.js';
import type { AddCommand, CommandContext } from './command.js';
import { parseLimit } from './limit.js';
import { parsePeriod } from './moment.js';
import { tellNothingFound } from './nothing-found.js';
import { addPeriodOptions, addReadingOptions, addSearchWords, readRegister, readWords } from './reading.js';
import type { PeriodOptions, Reading, ReadingOptions } from './reading.js';
import { requireReading } from './reading-sql.js';
import { runSql } from './sql-query.js';
import { createRecordLines } from './terminal/record-lines.js';
import type { OutputFormat } from './terminal/record-lines.js';
import { UsageError } from './usage-error.js';

export interface QueryCommandOptions extends ReadingOptions, PeriodOptions {
  readonly limit: number;
  readonly sql?: string;
  readonly param?: Readonly<Record<string, string>>;
  readonly format?: OutputFormat;
}

const FORMATS: readonly OutputFormat[] = ['table', 'json', 'jsonl', 'csv'];
const DEFAULT_LIMIT = 100;
/** What the register gives at once. */
const PAGE_RECORDS = 1_000;

export const addQueryCommand: AddCommand = (program, run) => {
  const command = program
    .command('query')
    .description('find records, the newest first; by a search as in the explorer, or by SQL');
  addReadingOptions(
    addPeriodOptions(addSearchWords(command))
      .option('--limit <number>', 'how many at most, or `all`', parseLimit, DEFAULT_LIMIT)
      .option('--sql <select>', 'ask in SQL instead, with {name:Type} for parameters')
      .option('--param <name=value>', 'value of a parameter of --sql; may be given again', addParameter)
      .addOption(
        new Option(
          '--format <format>',
          'how to show it (default: table on a terminal, jsonl in a pipe)',
        ).choices(FORMATS),
      ),
  ).action((words: readonly string[], options: QueryCommandOptions) =>
    run((context) => runQuery(words, options, context)),
  );
};

/** Shows what was found. As grep has it: nothing found is 1. */
export async function runQuery(
  words: readonly string[],
  options: QueryCommandOptions,
  context: CommandContext,
): Promise<number> {
  const text = readWords(words);
  const { sql } = options;
  const search: Search = { ...parsePeriod(options), text };
  if (sql === undefined && options.param !== undefined)
    throw new UsageError('--param is for --sql; a search has the value in it: actor:alice.');
  if (sql !== undefined && text !== '')
    throw new UsageError('Give either a search or --sql, whose conditions stand in its WHERE.');
  if (sql !== undefined) requireReading(sql);
  return await readRegister(options, context, async (reading) => {
    const format = options.format ?? (reading.terminal.isTerminal ? 'table' : 'jsonl');
    return sql === undefined
      ? await showFound(search, format, options.limit, reading)
      : await runSql({ sql, parameters: options.param ?? {}, search, format }, reading);
  });
}

async function showFound(
  search: Search,
  format: OutputFormat,
  limit: number,
  reading: Reading,
): Promise<number> {
  const { reader, terminal, clock, say } = reading;
  const { next, end } = createRecordLines(format, { terminal, clock });
  let shown = 0;
  let after: Cursor | undefined;
  do {
    const most = Math.min(limit - shown, PAGE_RECORDS);
    const page = await reader.page(search, { limit: most, ...(after && { after }) });
    await terminal.write(...page.records.flatMap((record) => next(record)));
    shown += page.records.length;
    after = page.next;
  } while (after !== undefined && shown < limit);
  await terminal.write(...end());
  if (shown === 0) await tellNothingFound(search, reading);
  else if (after !== undefined) say(`There are older ones, too: --limit ${10 * shown}, or --limit all.`);
  return shown === 0 ? EXIT.finding : EXIT.good;
}

function addParameter(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It is name=value, for a {name:Type} in the SQL.');
  return { ...before, [name]: value };
}

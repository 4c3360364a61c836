import { InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../errors.js';
import type { Cursor, FoundRecord, Search } from '../search/search.js';
import type { AddCommand, CommandContext } from './command.js';
import { follow } from './follow.js';
import type { FollowOptions } from './follow.js';
import { parseDuration } from './moment.js';
import { tellNothingFound } from './nothing-found.js';
import { addReadingOptions, addSearchWords, readRegister, readWords } from './reading.js';
import type { Reading, ReadingOptions } from './reading.js';
import { createRecordLines } from './terminal/record-lines.js';
import type { OutputFormat } from './terminal/record-lines.js';

export interface TailCommandOptions extends ReadingOptions {
  readonly lines: number;
  readonly interval: number;
  readonly follow: boolean;
  readonly format?: OutputFormat;
}

const FORMATS: readonly OutputFormat[] = ['table', 'jsonl'];
const DEFAULT_LINES = 20;
/** What the register gives at once. */
const MOST_LINES = 1_000;
const DEFAULT_INTERVAL_MILLIS = 1_000;
const LEAST_INTERVAL_MILLIS = 100;
const MOST_INTERVAL_MILLIS = 3_600_000;
const PAGE_RECORDS = 500;

export const addTailCommand: AddCommand = (program, run) => {
  const command = program
    .command('tail')
    .description('show the last records, then what is done as it is done');
  addReadingOptions(
    addSearchWords(command)
      .option('--lines <number>', 'how many of the last records come first', parseLines, DEFAULT_LINES)
      .addOption(
        new Option('--interval <duration>', 'how often to look, such as 500ms or 5s')
          .argParser(parseInterval)
          .default(DEFAULT_INTERVAL_MILLIS, '1s'),
      )
      .option('--no-follow', 'show the last records and end')
      .addOption(
        new Option(
          '--format <format>',
          'how to show it (default: table on a terminal, jsonl in a pipe)',
        ).choices(FORMATS),
      ),
  ).action((words: readonly string[], options: TailCommandOptions) =>
    run((context) => runTail(words, options, context)),
  );
};

/** Shows records as they arrive, until it is interrupted. */
export async function runTail(
  words: readonly string[],
  options: TailCommandOptions,
  context: CommandContext,
): Promise<number> {
  const search: Search = { text: readWords(words), from: '', to: '' };
  return await readRegister(options, context, async (reading) => {
    // NOTE: read only here, for it takes Ctrl-C over, and the end of whoever reads.
    const stop = options.follow ? context.signal : undefined;
    try {
      const last = await lastRecords(search, options.lines, reading, stop);
      const show = createShow(options.format, reading);
      await show(last.slice(last.length - options.lines));
      if (stop !== undefined)
        await followNew(search, last, show, { ...reading, stop, intervalMillis: options.interval });
      else if (last.length === 0) await tellNothingFound(search, reading);
    } catch (error) {
      if (stop?.aborted !== true) throw error;
    }
    return EXIT.good;
  });
}

type Show = (records: readonly FoundRecord[]) => Promise<void>;

function createShow(format: OutputFormat | undefined, { terminal, clock }: Reading): Show {
  const { next } = createRecordLines(format ?? (terminal.isTerminal ? 'table' : 'jsonl'), {
    terminal,
    clock,
  });
  return (records) => terminal.write(...records.flatMap((record) => next(record)));
}

/** The oldest first; one at least, to know where the new ones begin. */
async function lastRecords(
  search: Search,
  count: number,
  { reader }: Reading,
  stop: AbortSignal | undefined,
): Promise<readonly FoundRecord[]> {
  const { records } = await reader.page(search, { limit: Math.max(1, count) }, stop);
  return records.toReversed();
}

async function followNew(
  search: Search,
  last: readonly FoundRecord[],
  show: Show,
  options: FollowOptions & Pick<Reading, 'reader'>,
): Promise<void> {
  const { reader, say, stop } = options;
  let cursor = cursorAt(last.at(-1));
  if (cursor === undefined) say('Nothing is on record for this yet. Waiting for what comes; Ctrl-C ends.');
  await follow(async () => {
    const records = await reader.newerThan(search, cursor, PAGE_RECORDS, stop);
    cursor = cursorAt(records.at(-1)) ?? cursor;
    await show(records);
    return records.length === PAGE_RECORDS;
  }, options);
}

function cursorAt(record: FoundRecord | undefined): Cursor | undefined {
  return record && { occurredAt: record.occurred_at, recordId: record.record_id };
}

function parseLines(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= MOST_LINES) return Number(text);
  throw new InvalidArgumentError(`It is a number from 0 to ${MOST_LINES}.`);
}

function parseInterval(text: string): number {
  const millis = parseDuration(text) ?? 0;
  if (millis >= LEAST_INTERVAL_MILLIS && millis <= MOST_INTERVAL_MILLIS) return millis;
  throw new InvalidArgumentError('It is a duration from 100ms to 1h, such as 500ms or 5s.');
}

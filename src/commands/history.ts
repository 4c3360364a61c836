import { Option } from 'commander';
import { EXIT } from '../errors.js';
import type { ChangedRecord } from '../search/object-history.js';
import type { Search } from '../search/search.js';
import type { AddCommand, CommandContext } from './command.js';
import { parseLimit } from './limit.js';
import { parseMoment, parsePeriod } from './moment.js';
import { addPeriodOptions, addReadingOptions, readRegister } from './reading.js';
import type { PeriodOptions, Reading, ReadingOptions } from './reading.js';
import { readRowName } from './row-name.js';
import type { RowName } from './row-name.js';
import { stateAfter } from './row-state.js';
import { createHistoryLines } from './terminal/history-lines.js';
import { createJsonLines } from './terminal/lines.js';
import type { Lines } from './terminal/lines.js';
import { safeJsonText } from './terminal/safe-text.js';
import { formatState, stateJson } from './terminal/state-lines.js';
import { tellUnknownRow } from './unknown-row.js';
import { UsageError } from './usage-error.js';

export interface HistoryCommandOptions extends ReadingOptions, PeriodOptions {
  readonly at?: string;
  readonly limit: number;
  readonly format?: HistoryFormat;
}

type HistoryFormat = 'table' | 'json' | 'jsonl';

const FORMATS: readonly HistoryFormat[] = ['table', 'json', 'jsonl'];
const DEFAULT_LIMIT = 100;
/** All that the register gives of one row. */
const EVERY_CHANGE = 1_000;
const NANO_DIGITS = 9;
const SECOND_MILLIS = 1_000;

export const addHistoryCommand: AddCommand = (program, run) => {
  const command = program
    .command('history')
    .description('show every change of one row: who, when, each field old → new, and whether it lasted')
    .argument('<table>', 'as the statements call it: orders or shop.orders; or with the key: orders/1042')
    .argument('[id...]', 'its key; of a key of several columns all of them, in order');
  addReadingOptions(
    addPeriodOptions(command)
      .option('--at <time>', 'show the row as of that time instead')
      .option('--limit <number>', 'how many of the latest changes, or `all`', parseLimit, DEFAULT_LIMIT)
      .addOption(
        new Option(
          '--format <format>',
          'how to show it (default: table on a terminal, jsonl in a pipe)',
        ).choices(FORMATS),
      ),
  ).action((table: string, ids: readonly string[], options: HistoryCommandOptions) =>
    run((context) => runHistory(readRowName(table, ids), options, context)),
  );
};

/** Shows the changes of a row, the latest last; 1 where there is none. */
export async function runHistory(
  row: RowName,
  options: HistoryCommandOptions,
  context: CommandContext,
): Promise<number> {
  const search = periodOf(options);
  return await readRegister(options, context, async (reading) => {
    const { reader, terminal } = reading;
    const most = options.at === undefined ? Math.min(options.limit, EVERY_CHANGE) : EVERY_CHANGE;
    const found = await reader.objectHistory(row.table, row.id, search, { limit: most });
    if (found.length === 0) {
      await tellUnknownRow(row, search, reading);
      return EXIT.finding;
    }
    const changes = found.toSorted(byTime);
    const format = options.format ?? (terminal.isTerminal ? 'table' : 'jsonl');
    if (options.at !== undefined) return await showState(row, changes, format, reading);
    await showChanges(row, changes, format, reading);
    if (changes.length === most)
      reading.say(`These are the latest ${most}, there may be more: --limit all, or --to an earlier time.`);
    return EXIT.good;
  });
}

/** NOTE: `--at` includes its moment: what happened then has happened. */
function periodOf(options: HistoryCommandOptions): Search {
  const { at, from, to, utc: isUtc } = options;
  if (at === undefined) return parsePeriod(options);
  if (from !== '' || to !== '') throw new UsageError('Give either --at or a period (--from, --to).');
  return { text: '', from: '', to: justAfter(parseMoment('--at', at, { isUtc })) };
}

/** NOTE: by hand, for Date knows no nanoseconds. */
function justAfter(iso: string): string {
  const fraction = iso.slice(20, -1).padEnd(NANO_DIGITS, '0');
  const next = String(Number(fraction) + 1).padStart(NANO_DIGITS, '0');
  if (next.length === NANO_DIGITS) return `${iso.slice(0, 20)}${next}Z`;
  return new Date(Math.floor(Date.parse(iso) / SECOND_MILLIS + 1) * SECOND_MILLIS).toISOString();
}

async function showChanges(
  row: RowName,
  changes: readonly ChangedRecord[],
  format: HistoryFormat,
  { terminal, clock }: Reading,
): Promise<void> {
  const { next, end } =
    format === 'table' ? createHistoryLines(row, { terminal, clock }) : changesAsJson(format);
  for (const change of changes) await terminal.write(...next(change));
  await terminal.write(...end());
}

function changesAsJson(format: 'json' | 'jsonl'): Lines<ChangedRecord> {
  const { next, end } = createJsonLines(format === 'json');
  return { next: (change) => next(JSON.stringify(change)), end };
}

async function showState(
  row: RowName,
  changes: readonly ChangedRecord[],
  format: HistoryFormat,
  { terminal, clock, say }: Reading,
): Promise<number> {
  const state = stateAfter(changes);
  if (format === 'table') await terminal.write(...formatState(row, state, { terminal, clock }));
  else await terminal.write(safeJsonText(JSON.stringify(stateJson(row, state))));
  if (state.unsettled > 0)
    say(`Left out: ${state.unsettled} whose end nobody knows (the history shows them as unknown).`);
  if (changes.length >= EVERY_CHANGE)
    say(`Of the last ${EVERY_CHANGE} changes before that time; older ones were not read.`);
  return EXIT.good;
}

/** Those of one moment in the order they were made in: a record's id says it. */
function byTime(a: ChangedRecord, b: ChangedRecord): number {
  return a.occurred_at.localeCompare(b.occurred_at) || a.record_id.localeCompare(b.record_id);
}

import type { Command } from 'commander';
import type { ClickHouseConfig } from '../config/config.js';
import { AuditRegisterError } from '../errors.js';
import { SearchError } from '../search/errors.js';
import { createRegisterReader } from '../search/register-reader.js';
import type { RegisterReader } from '../search/register-reader.js';
import { createStoreClient } from '../store/client.js';
import type { ClickHouseClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import type { CommandContext } from './command.js';
import { addStoreOptions, readStore } from './store-options.js';
import type { StoreOptions } from './store-options.js';
import { createTerminal } from './terminal/terminal.js';
import type { Terminal } from './terminal/terminal.js';
import { createClock } from './terminal/times.js';
import type { Clock } from './terminal/times.js';
import { showWaiting } from './terminal/waiting.js';
import { UsageError } from './usage-error.js';

const DEFECTS = [TypeError, ReferenceError, RangeError];

/** What every command has that shows what is in the register. */
export interface ReadingOptions extends StoreOptions {
  readonly utc: boolean;
}

export interface PeriodOptions {
  readonly from: string;
  readonly to: string;
}

export interface Reading {
  readonly reader: RegisterReader;
  readonly client: ClickHouseClient;
  readonly store: ClickHouseConfig;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Writes a line about the result, for people. */
  readonly say: (line: string) => void;
}

export function addReadingOptions(command: Command): Command {
  return addStoreOptions(
    command.option('--utc', 'show times in UTC, and read those without a zone so (default: local)', false),
  );
}

export function addPeriodOptions(command: Command): Command {
  return command
    .option(
      '--from <time>',
      'beginning of the period: a time, 2h, 7d, yesterday (default: of everything)',
      '',
    )
    .option('--to <time>', 'end of the period, excluded (default: now)', '');
}

/** Adds the words of a search: what begins with one dash excludes, and is no option. */
export function addSearchWords(command: Command): Command {
  return (
    command
      .argument('[search...]', 'what to look for, such as actor:alice -outcome:success (default: everything)')
      .allowUnknownOption()
      // Nor does one that begins with -h ask for help.
      .helpOption('--help', 'display help for command')
  );
}

/** @throws UsageError for what was meant as an option and is none. */
export function readWords(words: readonly string[]): string {
  const option = words.find((word) => /^--[a-z]/i.test(word));
  if (option === undefined) return words.filter((word) => word !== '--').join(' ');
  const [name] = option.split('=', 1);
  throw new UsageError(`unknown option ${JSON.stringify(name)} (run with --help for the options)`);
}

/** Opens the register for a command, and says in one line what is wrong with it. */
export async function readRegister(
  options: ReadingOptions,
  context: CommandContext,
  work: (reading: Reading) => Promise<number>,
): Promise<number> {
  const store = readStore(options, context);
  const client = createStoreClient(store);
  const waiting = showWaiting();
  const terminal = createTerminal(context.env, waiting.end);
  const reader = createRegisterReader(client, store.database);
  const say = (line: string): void => {
    waiting.end();
    context.say(line);
  };
  try {
    return await work({ reader, client, store, terminal, clock: createClock(options.utc), say });
  } catch (error) {
    throw describeReadingError(error, store);
  } finally {
    waiting.end();
    await client.close();
  }
}

/** What is wrong, and what mends it; a defect of ours stays what it is. */
export function describeReadingError(error: unknown, store: ClickHouseConfig): Error {
  if (error instanceof SearchError) return new UsageError(error.message, { cause: error });
  const isDefect = DEFECTS.some((kind) => error instanceof kind);
  return isDefect || error instanceof AuditRegisterError
    ? (error as Error)
    : describeStoreError(error, store);
}

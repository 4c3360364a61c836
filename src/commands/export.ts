import { resolve } from 'node:path';
import { Option } from 'commander';
import { LINE_FORMATS } from '../export/formats.js';
import type { LineFormat } from '../export/formats.js';
import type { Search } from '../search/search.js';
import { createStoreClient } from '../store/client.js';
import type { AddCommand, CommandContext } from './command.js';
import { runArchiveExport } from './export-archive.js';
import { runRecordExport } from './export-records.js';
import { parsePeriod } from './moment.js';
import {
  addPeriodOptions,
  addReadingOptions,
  addSearchWords,
  describeReadingError,
  readWords,
} from './reading.js';
import type { PeriodOptions, ReadingOptions } from './reading.js';
import { readStore } from './store-options.js';
import { UsageError } from './usage-error.js';

export interface ExportCommandOptions extends ReadingOptions, PeriodOptions {
  readonly format: LineFormat | 'parquet' | 'archive';
  readonly service: string;
  readonly out: string;
  readonly bom: boolean;
  readonly force: boolean;
  readonly restart: boolean;
  /** True without a name: beside the file. */
  readonly manifest?: string | true;
}

const HELP = `
An export to a file that is interrupted goes on where it stopped: run the same command again.`;

export const addExportCommand: AddCommand = (program, run) => {
  const command = program
    .command('export')
    .description('write what a search finds in a form that others take, with a proof that it is whole')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices([...LINE_FORMATS, 'parquet', 'archive'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', 'file to write, `-` for standard output; it appears when it is whole')
    .option(
      '--manifest [file]',
      'also write what the file holds and its SHA-256 (default: <out>.manifest.json)',
    )
    .option('--force', 'replace a file that is there already', false)
    .option('--restart', 'begin from nothing, instead of going on with an interrupted export', false)
    .option('--bom', 'csv: begin with a byte order mark, which Excel needs to read UTF-8', false)
    .option('--service <name>', 'archive: only what this service has written', '');
  addReadingOptions(addPeriodOptions(addSearchWords(command)))
    .addHelpText('after', HELP)
    .action((words: readonly string[], options: ExportCommandOptions) =>
      run((context) => runExport(words, options, context)),
    );
};

/** Writes the export and prints what is in it. */
export async function runExport(
  words: readonly string[],
  options: ExportCommandOptions,
  context: CommandContext,
): Promise<number> {
  const search: Search = { ...parsePeriod(options), text: readWords(words) };
  refuseSenseless(search, options);
  const store = readStore(options, context);
  const client = createStoreClient(store);
  const path = options.out === '-' ? '-' : resolve(context.cwd, options.out);
  try {
    const { format } = options;
    return format === 'archive'
      ? await runArchiveExport({ client, store, path, search }, options, context)
      : await runRecordExport({ client, store, path, search, format }, options, context);
  } catch (error) {
    throw describeReadingError(error, store);
  } finally {
    await client.close();
  }
}

function refuseSenseless(
  { text }: Search,
  { format, service, out, bom, manifest }: ExportCommandOptions,
): void {
  if (format === 'archive' && text !== '')
    throw new UsageError('An archive holds whole segments: leave out the search, or give another --format.');
  if (format === 'archive' && (out === '-' || manifest !== undefined))
    throw new UsageError('An archive is a file that proves itself: give --out its name, without --manifest.');
  if (format === 'parquet' && out === '-' && process.stdout.isTTY)
    throw new UsageError('Parquet is not for people: give --out a file, or write it into a pipe.');
  if (format !== 'archive' && service !== '')
    throw new UsageError(`--service is for archives: write service:${service} into the search.`);
  if (bom && format !== 'csv') throw new UsageError('--bom is for --format csv.');
  if (manifest === true && out === '-')
    throw new UsageError('There is no file to write the manifest beside: give --manifest a name.');
}

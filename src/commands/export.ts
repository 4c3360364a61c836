import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { ClickHouseConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { AuditRegisterError, ConfigurationError } from '../errors.js';
import { LINE_FORMATS } from '../export/formats.js';
import type { LineFormat } from '../export/formats.js';
import { createStoreClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import type { AddCommand, CommandContext } from './command.js';
import { runArchiveExport } from './export-archive.js';
import { runRecordExport } from './export-records.js';
import { parseTime } from './period.js';

export interface ExportCommandOptions {
  readonly format: LineFormat | 'parquet' | 'archive';
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly out: string;
  readonly bom: boolean;
  readonly force: boolean;
  readonly restart: boolean;
  /** True without a name: beside the file. */
  readonly manifest?: string | true;
}

const HELP = `
Examples:
  audit-register export actor:alice --format csv --out alice.csv
  audit-register export --from 2026-11-01 --to 2026-12-01 --format ocsf --out november.ocsf.jsonl --manifest
  audit-register export outcome:denied --format jsonl --out - | jq .actor_id
  audit-register export --from 2026-11-01 --format archive --out evidence.archive

An export to a file that is interrupted goes on where it stopped: run the same command again.`;

export const addExportCommand: AddCommand = (program, run) => {
  const command: Command = program
    .command('export')
    .description('write what a search finds in a form that others take, with a proof that it is whole')
    .argument('[search...]', 'what to export, such as actor:alice -outcome:success (default: everything)');
  command
    // What begins with one dash excludes, and is no option: `-host:web-1` must not ask for help.
    .allowUnknownOption()
    .helpOption('--help', 'display help for command')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices([...LINE_FORMATS, 'parquet', 'archive'])
        .makeOptionMandatory(),
    )
    .option('--from <time>', 'beginning of the period (default: of everything)', parseTime, '')
    .option('--to <time>', 'end of the period, excluded (default: now)', parseTime, '')
    .requiredOption('--out <file>', 'file to write, `-` for standard output; it appears when it is whole')
    .option(
      '--manifest [file]',
      'also write what the file holds and its SHA-256 (default: <out>.manifest.json)',
    )
    .option('--force', 'replace a file that is there already', false)
    .option('--restart', 'begin from nothing, instead of going on with an interrupted export', false)
    .option('--bom', 'csv: begin with a byte order mark, which Excel needs to read UTF-8', false)
    .option('--service <name>', 'archive: only what this service has written', '')
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
  const text = textOf(words);
  refuseSenseless(text, options);
  const { clickhouse } = loadConfig(context.env, context.cwd);
  const client = createStoreClient(clickhouse);
  const path = options.out === '-' ? '-' : resolve(context.cwd, options.out);
  try {
    const { format } = options;
    return format === 'archive'
      ? await runArchiveExport({ client, clickhouse, path }, options, context)
      : await runRecordExport({ client, clickhouse, path, text, format }, options, context);
  } catch (error) {
    throw describeExportError(error, clickhouse);
  } finally {
    await client.close();
  }
}

function textOf(words: readonly string[]): string {
  const option = words.find((word) => /^--[a-z]/i.test(word));
  if (option === undefined) return words.filter((word) => word !== '--').join(' ');
  throw new ConfigurationError(`unknown option ${JSON.stringify(option)} (run with --help for the options)`);
}

function refuseSenseless(text: string, { format, service, out, bom, manifest }: ExportCommandOptions): void {
  if (format === 'archive' && text !== '')
    throw new ConfigurationError(
      'An archive holds whole segments: leave out the search, or give another --format.',
    );
  if (format === 'archive' && out === '-')
    throw new ConfigurationError('An archive is written to a file: give --out its name.');
  if (format !== 'archive' && service !== '')
    throw new ConfigurationError(`--service is for archives: write service:${service} into the search.`);
  if (bom && format !== 'csv') throw new ConfigurationError('--bom is for --format csv.');
  if (manifest === true && out === '-')
    throw new ConfigurationError('There is no file to write the manifest beside: give --manifest a name.');
}

function describeExportError(error: unknown, store: Pick<ClickHouseConfig, 'url' | 'username'>): unknown {
  return error instanceof AuditRegisterError ? error : describeStoreError(error, store);
}

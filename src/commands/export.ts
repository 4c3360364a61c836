import { resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig } from '../config/load.js';
import { AuditRegisterError, ConfigurationError, EXIT, messageOf } from '../errors.js';
import { openClickHouseSource } from '../integrity/clickhouse-source.js';
import { exportArchive } from '../integrity/export-archive.js';
import type { Period } from '../integrity/report.js';
import { createStoreClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import type { AddCommand, CommandContext } from './command.js';
import { parseTime } from './period.js';
import { createProgress } from './progress.js';

export interface ExportCommandOptions {
  readonly format: 'archive';
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly out: string;
}

export const addExportCommand: AddCommand = (program, run) => {
  program
    .command('export')
    .description('write a period into one file that `verify --archive` checks without ClickHouse')
    .addOption(new Option('--format <format>', 'what to write').choices(['archive']).makeOptionMandatory())
    .option('--from <time>', 'beginning of the period (default: of everything)', parseTime, '')
    .option('--to <time>', 'end of the period, excluded (default: now)', parseTime, '')
    .option('--service <name>', 'only what this service has written', '')
    .requiredOption('--out <file>', 'file to write; it appears when it is whole')
    .action((options: ExportCommandOptions) => run((context) => runExport(options, context)));
};

/** Writes the archive and prints what is in it. */
export async function runExport(options: ExportCommandOptions, context: CommandContext): Promise<number> {
  const { clickhouse } = loadConfig(context.env, context.cwd);
  const { from, to, service } = options;
  const period: Period = { from, to, service };
  const client = createStoreClient(clickhouse);
  const progress = createProgress('exported', context.say);
  try {
    const name = `ClickHouse at ${clickhouse.url}, database ${clickhouse.database}`;
    const source = await openClickHouseSource({ client, database: clickhouse.database, name, period });
    const path = resolve(context.cwd, options.out);
    const { entries, segments, rows } = await exportArchive(source, period, path, progress.update);
    progress.end();
    context.print(`${path}: ${entries} certificates, ${rows} records of ${segments} segments`);
    return EXIT.good;
  } catch (error) {
    throw described(error, clickhouse);
  } finally {
    progress.end();
    await client.close();
  }
}

function described(error: unknown, store: Parameters<typeof describeStoreError>[1]): unknown {
  if (error instanceof AuditRegisterError) return error;
  const { syscall } = error as NodeJS.ErrnoException;
  const isOfFile = syscall === 'open' || syscall === 'write' || syscall === 'rename' || syscall === 'fsync';
  return isOfFile
    ? new ConfigurationError(`the archive cannot be written: ${messageOf(error)}. Give another --out.`, {
        cause: error,
      })
    : describeStoreError(error, store);
}

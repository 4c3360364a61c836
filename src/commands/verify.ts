import { InvalidArgumentError } from 'commander';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.js';
import { AuditRegisterError, ConfigurationError, EXIT, messageOf } from '../errors.js';
import { ArchiveError } from '../integrity/archive.js';
import { openArchiveSource } from '../integrity/archive-source.js';
import type { ChainHead } from '../integrity/chain-walk.js';
import { openClickHouseSource } from '../integrity/clickhouse-source.js';
import { parsePublicKeys, parseSigningKey, publicKeyOf } from '../integrity/keys.js';
import type { NamedKey } from '../integrity/keys.js';
import { parseKnownHeads } from '../integrity/known-heads.js';
import { describeReport } from '../integrity/report-text.js';
import type { Period, Report } from '../integrity/report.js';
import { verify } from '../integrity/verify.js';
import type { VerifyOptions } from '../integrity/verify.js';
import { createStoreClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import type { AddCommand, CommandContext } from './command.js';
import { parseTime } from './period.js';
import { createProgress } from './progress.js';
import { safeJsonText, safeText } from './terminal/safe-text.js';

export interface VerifyCommandOptions {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly publicKey: readonly string[];
  readonly retention?: number;
  readonly known?: string;
  readonly archive?: string;
  readonly json: boolean;
}

export const addVerifyCommand: AddCommand = (program, run) => {
  program
    .command('verify')
    .description(
      'prove that nothing was altered, removed or added since it was written; exits 1 on any finding',
    )
    .option('--from <time>', 'beginning of the period (default: of everything)', parseTime, '')
    .option('--to <time>', 'end of the period, excluded (default: now)', parseTime, '')
    .option('--service <name>', 'only what this service has written', '')
    .option(
      '--public-key <file>',
      'key that signed, PEM, JWK or JWK Set; may be given again (default: the one of AUDIT_REGISTER_SIGNING_KEY)',
      (file: string, files: readonly string[]) => [...files, file],
      [] as readonly string[],
    )
    .option('--retention <days>', 'records must be kept for so long (default: 400)', parseDays)
    .option('--known <report>', 'an earlier report (--json): what it knows must still be there')
    .option('--archive <file>', 'verify an archive that `export` has made, without ClickHouse')
    .option('--json', 'print the whole report as JSON', false)
    .action((options: VerifyCommandOptions) => run((context) => runVerify(options, context)));
};

/** Prints what was found. Only a verdict of `good` ends well: a period with nothing in it proves nothing. */
export async function runVerify(options: VerifyCommandOptions, context: CommandContext): Promise<number> {
  const report = await verifyOrTell(options, context);
  if (report === undefined) return EXIT.finding;
  if (options.json) context.print(safeJsonText(JSON.stringify(report, undefined, 2)));
  else for (const line of describeReport(report)) context.print(safeText(line));
  return report.verdict === 'good' ? EXIT.good : EXIT.finding;
}

/** An archive that is damaged is a finding, as it is no fault of a setting. */
async function verifyOrTell(
  options: VerifyCommandOptions,
  context: CommandContext,
): Promise<Report | undefined> {
  try {
    return await verifyAs(options, context);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    context.print(safeText(`DAMAGED: ${error.message}`));
    return undefined;
  }
}

async function verifyAs(options: VerifyCommandOptions, context: CommandContext): Promise<Report> {
  const { signingKey, clickhouse, delivery } = loadConfig(context.env, context.cwd);
  const keys = await readKeys(options.publicKey, signingKey, context);
  const period: Period = { from: options.from, to: options.to, service: options.service };
  const progress = createProgress('verified', context.say);
  const settings: VerifyOptions = {
    period,
    keys,
    retentionDays: options.retention,
    known: await readKnown(options.known, context),
    heartbeatIntervalMillis: delivery.heartbeatIntervalMillis,
    onProgress: progress.update,
  };
  if (options.archive !== undefined) {
    if (period.from !== '' || period.to !== '' || period.service !== '')
      throw new ConfigurationError(
        'An archive is verified as a whole: leave out --from, --to and --service.',
      );
    const source = await openArchiveSource(resolve(context.cwd, options.archive));
    try {
      return await verify(source, { ...settings, period: source.period });
    } finally {
      progress.end();
    }
  }
  const client = createStoreClient(clickhouse);
  try {
    const name = `ClickHouse at ${clickhouse.url}, database ${clickhouse.database}`;
    const source = await openClickHouseSource({ client, database: clickhouse.database, name, period });
    return await verify(source, settings);
  } catch (error) {
    throw error instanceof AuditRegisterError ? error : describeStoreError(error, clickhouse);
  } finally {
    progress.end();
    await client.close();
  }
}

async function readKeys(
  files: readonly string[],
  signingKey: string,
  { cwd, say }: CommandContext,
): Promise<NamedKey[]> {
  if (files.length > 0) {
    const keys = await Promise.all(
      files.map(async (file) => parsePublicKeys(await read(file, cwd, '--public-key'), file)),
    );
    return keys.flat();
  }
  if (signingKey !== '') return [publicKeyOf(parseSigningKey(signingKey))];
  say(
    'No public key was given (--public-key): signatures are not verified, and who may write may also forge.',
  );
  return [];
}

async function readKnown(file: string | undefined, { cwd }: CommandContext): Promise<readonly ChainHead[]> {
  return file === undefined ? [] : parseKnownHeads(await read(file, cwd, '--known'), file);
}

async function read(file: string, cwd: string, option: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parseDays(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days > 0) return days;
  throw new InvalidArgumentError('A retention is a number of days.');
}

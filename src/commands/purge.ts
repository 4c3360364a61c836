import { createInterface } from 'node:readline/promises';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.js';
import type { ClickHouseConfig, Config } from '../config/config.js';
import { AuditRegisterError, ConfigurationError, EXIT, messageOf } from '../errors.js';
import { parsePublicKeys, parseSigningKey, publicKeyOf } from '../integrity/keys.js';
import type { NamedKey } from '../integrity/keys.js';
import { createSigner } from '../integrity/signature.js';
import { requireRights } from '../purge/rights.js';
import { checkSegments, purge, requireGood, settleInterrupted } from '../purge/purge.js';
import type { Check, PurgeOptions } from '../purge/purge.js';
import { registerOf, storeNow } from '../purge/register.js';
import type { Register } from '../purge/register.js';
import { untilMutated } from '../purge/removal.js';
import { describeSelection, parseFilters } from '../purge/selection.js';
import type { Selection } from '../purge/selection.js';
import { survey } from '../purge/survey.js';
import type { Survey } from '../purge/survey.js';
import { createStoreClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import type { AddCommand, CommandContext } from './command.js';
import { parseTime } from './period.js';
import { createProgress } from './progress.js';
import { safeText } from './terminal/safe-text.js';

export interface PurgeCommandOptions {
  readonly before: string;
  readonly filter: readonly string[];
  readonly service?: string;
  readonly reason: string;
  readonly publicKey: readonly string[];
  readonly evenIfAltered: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

const MOST_NAMED = 10;

const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];

export const addPurgeCommand: AddCommand = (program, run) => {
  program
    .command('purge')
    .description('remove records for good, and leave a signed record of that which `verify` understands')
    .requiredOption('--before <time>', 'only records of actions that began before', parseTime)
    .option(
      '--filter <name=value>',
      'only these: actor, tenant, service, table, …; may be given again, a name given twice takes both values',
      collect,
      [] as readonly string[],
    )
    .option('--service <name>', 'the same as --filter service=<name>')
    .option('--reason <text>', 'why, for the record of the purge', '')
    .option(
      '--public-key <file>',
      'key that signed, beside the one of AUDIT_REGISTER_SIGNING_KEY; may be given again',
      collect,
      [] as readonly string[],
    )
    .option('--even-if-altered', 'also from segments that are not what was sealed; they stay findings', false)
    .option('--dry-run', 'show what would go, change nothing', false)
    .option('--yes', 'do not ask', false)
    .action((options: PurgeCommandOptions) => run((context) => runPurge(options, context)));
};

/** Shows what would go, asks, purges, and prints what has gone. */
export async function runPurge(options: PurgeCommandOptions, context: CommandContext): Promise<number> {
  const filters = parseFilters([
    ...options.filter,
    ...(options.service === undefined ? [] : [`service=${options.service}`]),
  ]);
  const config = loadConfig(context.env, context.cwd);
  const { clickhouse } = config;
  const client = createStoreClient(clickhouse);
  const register = registerOf(client, clickhouse.database);
  try {
    const selection = { before: options.before, filters, takenInBy: await storeNow(register) };
    const settings = await purgeOptions(options, selection, config, context);
    return await purgeAs(register, settings, options, clickhouse, context);
  } catch (error) {
    throw error instanceof AuditRegisterError ? error : describeStoreError(error, clickhouse);
  } finally {
    await client.close();
  }
}

async function purgeAs(
  register: Register,
  settings: PurgeOptions,
  { dryRun, yes }: PurgeCommandOptions,
  clickhouse: ClickHouseConfig,
  context: CommandContext,
): Promise<number> {
  const print = safely(context);
  if (!dryRun) {
    await requireRights(register, clickhouse);
    // NOTE: what an interrupted purge has begun goes on in the store, and would be counted as still there.
    await untilMutated(register, () => undefined);
    for (const id of await settleInterrupted(register, settings))
      print(`purge ${id} was interrupted and is done`);
  }
  const found = await survey(register, settings.selection);
  show(found, settings.selection, context);
  if (found.rows === 0) return EXIT.good;
  const check = await checkSegments(register, settings, found.months);
  if (dryRun) {
    showCheck(check, context);
    print('dry run: nothing was changed');
    return check.altered.length > 0 || check.unsealedRows > 0 ? EXIT.finding : EXIT.good;
  }
  requireGood(check, settings);
  if (!yes && !(await isConfirmed(found, context))) return EXIT.usage;
  const progress = createProgress('removed', context.say);
  try {
    for await (const { month, purge: id, rows, removal } of purge(
      register,
      settings,
      found.months,
      progress.update,
    ))
      print(`${month}: ${rows} rows purged (${removal}), purge ${id}`);
  } finally {
    progress.end();
  }
  return EXIT.good;
}

function show(found: Survey, selection: Selection, context: CommandContext): void {
  const print = safely(context);
  if (found.rows === 0) return print(`no records ${describeSelection(selection)}: nothing to purge`);
  print(`records ${describeSelection(selection)}: ${amount(found)}`);
  for (const share of found.services)
    print(
      `  ${share.service === '' ? '(no service)' : share.service}: ${amount(share)}, ${share.from} to ${share.to}`,
    );
  const whole = found.months.filter(({ isWhole }) => isWhole).map(({ month }) => month);
  if (whole.length > 0)
    print(`  partitions with nothing else in them, which are dropped: ${whole.join(', ')}`);
}

function showCheck({ altered, unsealedRows }: Check, context: CommandContext): void {
  const print = safely(context);
  if (altered.length + unsealedRows === 0) return;
  print('refused without --even-if-altered:');
  if (altered.length > 0) print(`  not what was sealed: ${counted(altered.length, 'segment')}`);
  for (const segment of altered.slice(0, MOST_NAMED)) print(`    ${segment}`);
  if (unsealedRows > 0) print(`  in no certified segment: ${counted(unsealedRows, 'row')}`);
}

/** Names of services and the like come from the store. */
function safely({ print }: CommandContext): (line: string) => void {
  return (line) => print(safeText(line));
}

function amount({ rows, segments }: { readonly rows: number; readonly segments: number }): string {
  return `${counted(rows, 'row')} of ${counted(segments, 'segment')}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

async function isConfirmed({ rows }: Survey, { say }: CommandContext): Promise<boolean> {
  if (!process.stdin.isTTY) {
    say('audit-register: nobody can be asked here; give --yes to purge, or --dry-run to look.');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Remove ${rows} rows for good? Type "purge": `);
    if (answer.trim() === 'purge') return true;
    say('nothing was changed');
    return false;
  } finally {
    terminal.close();
  }
}

async function purgeOptions(
  options: PurgeCommandOptions,
  selection: Selection,
  { signingKey, clickhouse, service }: Config,
  { cwd }: CommandContext,
): Promise<PurgeOptions> {
  const own = signingKey === '' ? [] : [publicKeyOf(parseSigningKey(signingKey))];
  return {
    selection,
    reason: options.reason,
    isEvenIfAltered: options.evenIfAltered,
    keys: [...own, ...(await readKeys(options.publicKey, cwd))],
    sign: signingKey === '' ? undefined : createSigner(signingKey),
    service,
    storeUser: clickhouse.username,
  };
}

async function readKeys(files: readonly string[], cwd: string): Promise<NamedKey[]> {
  const keys: NamedKey[] = [];
  for (const file of files)
    keys.push(...parsePublicKeys(await readKey(resolve(cwd, file)), `--public-key ${file}`));
  return keys;
}

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`--public-key cannot be read: ${messageOf(cause)}.`, { cause });
  }
}

import { InvalidArgumentError, Option } from 'commander';
import { ConfigurationError, EXIT } from '../errors.js';
import type { EmbeddedClickHouse } from '../embedded/clickhouse.js';
import { startClickHouse } from '../embedded/clickhouse.js';
import { EnginePortError, EngineStartError } from '../embedded/errors.js';
import { requireFreePort } from '../embedded/port.js';
import { EMBEDDED_DATABASE } from '../embedded/server-config.js';
import { createStoreClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import { migrate } from '../store/migrate.js';
import type { Explorer } from '../explorer/server.js';
import { startExplorer } from '../explorer/server.js';
import type { AddCommand, CommandContext } from './command.js';
import { interrupted } from './interrupted.js';
import { parsePort } from './port-option.js';
import { readSecretFile } from './secret-file.js';
import { readVersion } from './version.js';

export interface DevOptions {
  readonly port: number;
  readonly tcpPort: number;
  readonly explorerPort: number;
  readonly explorer: boolean;
  readonly dataDir: string;
  readonly writerPassword?: string;
  readonly writerPasswordFile?: string;
  readonly readerPassword?: string;
  readonly readerPasswordFile?: string;
}

const MIGRATION_TIMEOUT_MILLIS = 60_000;
const HOST = '127.0.0.1';

export const addDevCommand: AddCommand = (program, run) => {
  program
    .command('dev')
    .description(
      'run a ClickHouse for development on this machine, with the tables of the register and the explorer',
    )
    .option('--port <port>', 'port of the HTTP interface, 0 for any', parsePort, 8123)
    .option('--tcp-port <port>', 'port of the native protocol, 0 for any', parsePort, 9000)
    .option('--explorer-port <port>', 'port of the explorer, 0 for any', parsePort, 8124)
    .option('--no-explorer', 'do not serve the explorer')
    .option('--data-dir <directory>', 'where the data is kept', '.audit-register')
    .option(
      '--writer-password <password>',
      'password of audit_writer, which others can then see (default: made at first start)',
      parsePassword,
    )
    .addOption(passwordFileOption('writer'))
    .option(
      '--reader-password <password>',
      'password of audit_reader, which others can then see (default: made at first start)',
      parsePassword,
    )
    .addOption(passwordFileOption('reader'))
    .action((options: DevOptions) => run((context) => runDev(options, context)));
};

/** Runs the embedded server until it is interrupted; prints `ready <url>` once it can be used. */
export async function runDev(options: DevOptions, context: CommandContext): Promise<number> {
  const passwords = readPasswords(options, context.cwd);
  let engine: EmbeddedClickHouse | undefined;
  let explorer: Explorer | undefined;
  try {
    await requireExplorerPort(options);
    engine = await startClickHouse({
      dataDirectory: options.dataDir,
      httpPort: options.port,
      tcpPort: options.tcpPort,
      ...passwords,
      signal: context.signal,
    });
    await migrateEngine(engine);
    context.signal.throwIfAborted();
    introduce(engine, options, context);
    explorer = options.explorer ? await openExplorer(engine, options, context) : undefined;
    context.print(`ready ${engine.httpUrl}`);
    await Promise.race([engine.exited, interrupted(context.signal)]);
    if (!context.signal.aborted) throw new EngineStartError('it ended by itself; start it again.');
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    await explorer?.close();
    await engine?.stop();
  }
  return EXIT.good;
}

/** Before the engine is started, and again when the explorer is: in between somebody may have taken it. */
async function requireExplorerPort({ explorer, explorerPort, port, tcpPort }: DevOptions): Promise<void> {
  if (!explorer) return;
  if (explorerPort !== 0 && (explorerPort === port || explorerPort === tcpPort))
    throw new EnginePortError(
      explorerPort,
      '--explorer-port',
      'is already taken by ClickHouse (--port, --tcp-port)',
    );
  await requireFreePort(explorerPort, '--explorer-port');
}

/** As the user that only reads: what the explorer can do, it can do in production. */
async function openExplorer(
  engine: EmbeddedClickHouse,
  { explorerPort }: DevOptions,
  { say }: CommandContext,
): Promise<Explorer> {
  const explorer = await startExplorer({
    store: {
      url: engine.httpUrl,
      username: 'audit_reader',
      password: engine.passwords.audit_reader,
      database: EMBEDDED_DATABASE,
    },
    host: HOST,
    port: explorerPort,
    portOption: '--explorer-port',
    version: readVersion(),
    report: say,
  });
  for (const warning of explorer.warnings) say(warning);
  say(`Explorer: ${explorer.url}`);
  return explorer;
}

async function migrateEngine(engine: EmbeddedClickHouse): Promise<void> {
  const store = {
    url: engine.httpUrl,
    username: 'default',
    password: '',
    timeoutMillis: MIGRATION_TIMEOUT_MILLIS,
  };
  const client = createStoreClient(store);
  try {
    await migrate(client, { database: EMBEDDED_DATABASE });
  } catch (error) {
    throw describeStoreError(error, store);
  } finally {
    await client.close();
  }
}

function introduce(engine: EmbeddedClickHouse, options: DevOptions, { say }: CommandContext): void {
  say('This is the ClickHouse engine embedded for development. For production, run a ClickHouse server.');
  say(`HTTP ${engine.httpUrl}, native protocol 127.0.0.1:${engine.tcpPort}, data in ${options.dataDir}`);
  say('Users: default (no password, everything), audit_writer (adds records), audit_reader (reads).');
  for (const user of engine.madePasswords)
    say(`Password made for ${user}, told only now: ${engine.passwords[user]}`);
  if (engine.madePasswords.length > 0) say(`It is kept in ${options.dataDir}/credentials.json.`);
}

function passwordFileOption(role: 'writer' | 'reader'): Option {
  return new Option(`--${role}-password-file <file>`, `file with the password of audit_${role}`).conflicts(
    `${role}Password`,
  );
}

function readPasswords(
  { writerPassword, writerPasswordFile, readerPassword, readerPasswordFile }: DevOptions,
  cwd: string,
): { readonly writerPassword: string | undefined; readonly readerPassword: string | undefined } {
  const read = (file: string | undefined, option: string): string | undefined => {
    const password = file === undefined ? undefined : readSecretFile(file, option, cwd);
    if (password !== '') return password;
    throw new ConfigurationError(`${option} ${file} holds no password.`);
  };
  return {
    writerPassword: writerPassword ?? read(writerPasswordFile, '--writer-password-file'),
    readerPassword: readerPassword ?? read(readerPasswordFile, '--reader-password-file'),
  };
}

function parsePassword(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ClickHouseConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { PREFIX } from '../config/settings.js';
import { ConfigurationError, EXIT, messageOf } from '../errors.js';
import { startExplorer } from '../explorer/server.js';
import type { AddCommand, CommandContext } from './command.js';
import { interrupted } from './interrupted.js';
import { parsePort } from './port-option.js';
import { readVersion } from './version.js';

export interface ExploreOptions {
  readonly url?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly database?: string;
  readonly port: number;
  readonly host: string;
  readonly allowHost: readonly string[];
  readonly token: boolean;
  readonly tokenFile?: string;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
/** As long as what is made, so that it cannot be guessed. */
const LEAST_TOKEN_CHARACTERS = 20;

export const addExploreCommand: AddCommand = (program, run) => {
  program
    .command('explore')
    .description('look into the register in a browser; reads only')
    .option('--url <url>', 'HTTP address of ClickHouse (default: AUDIT_REGISTER_CLICKHOUSE_URL)')
    .option('--user <name>', 'who reads, such as audit_reader (default: AUDIT_REGISTER_CLICKHOUSE_USER)')
    .option('--password-file <file>', 'password of that user (default: AUDIT_REGISTER_CLICKHOUSE_PASSWORD)')
    .option('--database <name>', 'database of the register (default: AUDIT_REGISTER_CLICKHOUSE_DATABASE)')
    .option('--port <port>', 'port of the explorer, 0 for any', parsePort, 8124)
    .option('--host <host>', 'address it listens on', '127.0.0.1')
    .option(
      '--allow-host <name>',
      'name by which a reverse proxy is reached; may be given again',
      (name: string, names: readonly string[]) => [...names, name],
      [] as readonly string[],
    )
    .option('--token-file <file>', 'a token that stays (default: a new one at each start)')
    .option('--no-token', 'let in everybody who reaches it')
    .action((options: ExploreOptions) => run((context) => runExplore(options, context)));
};

/** Serves the explorer until it is interrupted; prints `ready <url>` once it can be opened. */
export async function runExplore(options: ExploreOptions, context: CommandContext): Promise<number> {
  const store = readStore(options, context);
  const token = readToken(options, context);
  const { signal } = context;
  const explorer = await startExplorer({
    store,
    host: options.host,
    port: options.port,
    allowedHosts: options.allowHost,
    token,
    version: readVersion(),
    report: context.say,
  });
  try {
    for (const warning of explorer.warnings) context.say(warning);
    if (token === false) context.say(openDoorWarning(options.host));
    context.print(`ready ${explorer.url}`);
    await interrupted(signal);
  } finally {
    await explorer.close();
  }
  return EXIT.good;
}

/** Options count more than settings, also than a user who stands in the address. */
function readStore(options: ExploreOptions, { env, cwd }: CommandContext): ClickHouseConfig {
  const { url, user, passwordFile, database } = options;
  const { clickhouse } = loadConfig(
    {
      ...env,
      ...(url !== undefined && { [`${PREFIX}CLICKHOUSE_URL`]: url }),
      ...(database !== undefined && { [`${PREFIX}CLICKHOUSE_DATABASE`]: database }),
    },
    cwd,
  );
  return {
    ...clickhouse,
    ...(user !== undefined && { username: user }),
    ...(passwordFile !== undefined && { password: readSecret(passwordFile, '--password-file', cwd) }),
  };
}

function readToken(
  { token, tokenFile }: ExploreOptions,
  { cwd }: CommandContext,
): string | false | undefined {
  if (!token && tokenFile !== undefined)
    throw new ConfigurationError('--token-file and --no-token contradict each other; leave one out.');
  if (!token) return false;
  if (tokenFile === undefined) return undefined;
  const text = readSecret(tokenFile, '--token-file', cwd);
  if (text.length >= LEAST_TOKEN_CHARACTERS && !/\s/.test(text)) return text;
  throw new ConfigurationError(
    `--token-file ${tokenFile} must hold at least ${LEAST_TOKEN_CHARACTERS} characters without spaces; make one with \`openssl rand -hex 24\`.`,
  );
}

function readSecret(file: string, option: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new ConfigurationError(`${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function openDoorWarning(host: string): string {
  const who = LOOPBACK.has(host) ? 'Every user of this machine' : `Everybody who reaches ${host}`;
  return `${who} can read the register now (--no-token).`;
}

import { ConfigurationError, EXIT } from '../errors.js';
import { startExplorer } from '../explorer/server.js';
import type { AddCommand, CommandContext } from './command.js';
import { interrupted } from './interrupted.js';
import { parsePort } from './port-option.js';
import { isReadByOthers, readSecretFile } from './secret-file.js';
import { addStoreOptions, readStore } from './store-options.js';
import type { StoreOptions } from './store-options.js';
import { readVersion } from './version.js';

export interface ExploreOptions extends StoreOptions {
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
  const command = program.command('explore').description('look into the register in a browser; reads only');
  addStoreOptions(command)
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

/** Serves the explorer until it is interrupted; prints `ready <url>` once it can be opened, with a token that ends with it. */
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
    if (options.tokenFile !== undefined && isReadByOthers(options.tokenFile, context.cwd))
      context.say(sharedTokenWarning(options.tokenFile));
    // A token that stays must not stay in logs as well.
    context.print(`ready ${options.tokenFile === undefined ? explorer.url : explorer.address}`);
    await interrupted(signal);
  } finally {
    await explorer.close();
  }
  return EXIT.good;
}

function readToken(
  { token, tokenFile }: ExploreOptions,
  { cwd }: CommandContext,
): string | false | undefined {
  if (!token && tokenFile !== undefined)
    throw new ConfigurationError('--token-file and --no-token contradict each other; leave one out.');
  if (!token) return false;
  if (tokenFile === undefined) return undefined;
  const text = readSecretFile(tokenFile, '--token-file', cwd);
  if (text.length >= LEAST_TOKEN_CHARACTERS && !/\s/.test(text)) return text;
  throw new ConfigurationError(
    `--token-file ${tokenFile} must hold at least ${LEAST_TOKEN_CHARACTERS} characters without spaces; make one with \`openssl rand -hex 24\`.`,
  );
}

function sharedTokenWarning(file: string): string {
  return `Other users of this machine can read --token-file ${file}, and so the register: chmod 600 it.`;
}

function openDoorWarning(host: string): string {
  const who = LOOPBACK.has(host) ? 'Every user of this machine' : `Everybody who reaches ${host}`;
  return `${who} can read the register now (--no-token).`;
}

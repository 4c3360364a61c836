import type { Command } from 'commander';
import type { ClickHouseConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { CommandContext } from './command.js';
import { readSecretFile } from './secret-file.js';
import { UsageError } from './usage-error.js';

/** Where the register is, for every command that reads it. What is not given comes from the configuration. */
export interface StoreOptions {
  readonly url?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly database?: string;
}

export function addStoreOptions(command: Command): Command {
  return command
    .option('--url <url>', 'HTTP address of ClickHouse (default: AUDIT_REGISTER_CLICKHOUSE_URL)', parseUrl)
    .option('--user <name>', 'its user, audit_reader is enough (default: AUDIT_REGISTER_CLICKHOUSE_USER)')
    .option('--password-file <file>', 'file with the password (default: AUDIT_REGISTER_CLICKHOUSE_PASSWORD)')
    .option('--database <name>', 'database of the register (default: AUDIT_REGISTER_CLICKHOUSE_DATABASE)');
}

/** @throws ConfigurationError naming what is wrong. */
export function readStore(options: StoreOptions, { env, cwd }: CommandContext): ClickHouseConfig {
  const { clickhouse } = loadConfig(
    {
      ...env,
      ...(options.url !== undefined && { AUDIT_REGISTER_CLICKHOUSE_URL: options.url }),
      ...(options.database !== undefined && { AUDIT_REGISTER_CLICKHOUSE_DATABASE: options.database }),
    },
    cwd,
  );
  return {
    ...clickhouse,
    username: options.user ?? clickhouse.username,
    password:
      options.passwordFile === undefined
        ? clickhouse.password
        : readSecretFile(options.passwordFile, '--password-file', cwd),
  };
}

/** NOTE: of a refused value Commander would show everything, a password in it as well. */
function parseUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new UsageError('--url takes an address such as http://127.0.0.1:8123.');
}

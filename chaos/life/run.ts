import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanEnvironment } from '../../bench/stage/environment.ts';
import { Ledger } from '../client/ledger.ts';
import { runCommand } from '../stage/command.ts';
import type { CommandResult } from '../stage/command.ts';
import type { Stage } from '../stage/stage.ts';
import type { LifeRecord } from './life-record.ts';

export const MODES = ['memory', 'spool', 'write-ahead'] as const;
export type Mode = (typeof MODES)[number];

export interface RunOptions {
  /** Letters, digits and dashes. */
  readonly name: string;
  readonly mode: Mode;
  /** Settings of this run, beside those that all have. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default one of its own */
  readonly spoolDirectory?: string;
}

/**
 * Processes that belong together: they share a database of the register and one directory of the spool, as the
 * instances and restarts of one service do.
 */
export interface Run {
  readonly name: string;
  readonly mode: Mode;
  readonly database: string;
  readonly spoolDirectory: string;
  readonly ledger: Ledger;
  /** By the number of the life, from 1. */
  readonly lives: LifeRecord[];
  /** For the application, by way of the proxy. */
  readonly env: NodeJS.ProcessEnv;
  /** `audit-register …` with the settings of this run, not by way of the proxy. */
  command(...args: readonly string[]): Promise<CommandResult>;
}

export async function createRun(stage: Stage, options: RunOptions): Promise<Run> {
  const { name, mode, spoolDirectory = join(stage.directory, 'spools', name) } = options;
  const database = `chaos_${name.replaceAll('-', '_')}`;
  await mkdir(spoolDirectory, { recursive: true, mode: 0o700 });
  const env = cleanEnvironment({
    NODE_ENV: 'production',
    DATABASE_URL: stage.database.url,
    CHAOS_RUN: name,
    OTEL_SERVICE_NAME: 'chaos',
    AUDIT_REGISTER_CLICKHOUSE_URL: stage.register.proxy.url,
    AUDIT_REGISTER_CLICKHOUSE_DATABASE: database,
    AUDIT_REGISTER_CLICKHOUSE_TIMEOUT_MS: '2000',
    AUDIT_REGISTER_DELIVERY: mode,
    AUDIT_REGISTER_SPOOL_DIR: spoolDirectory,
    AUDIT_REGISTER_SIGNING_KEY_FILE: stage.keys.privateKey,
    ...options.env,
  });
  // NOTE: the same destination as the processes have, or the command would not find their spool; while it runs the proxy
  // lets everything pass.
  const command = (...args: readonly string[]): Promise<CommandResult> => runCommand(args, env);
  const run = { name, mode, database, spoolDirectory, ledger: new Ledger(), lives: [], env, command };
  const migrated = await command('migrate');
  if (migrated.code !== 0) throw new Error(`the tables of ${name} could not be made: ${migrated.stderr}`);
  return run;
}

import { loadConfig } from '../config/load.js';
import { EXIT } from '../errors.js';
import { createStoreClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import { migrate } from '../store/migrate.js';
import type { MigrateResult } from '../store/migrate.js';
import type { AddCommand, CommandContext } from './command.js';

export interface MigrateCommandOptions {
  readonly url?: string;
  readonly database?: string;
  readonly cluster?: string;
}

export const addMigrateCommand: AddCommand = (program, run) => {
  program
    .command('migrate')
    .description('make the tables and views of the register, or bring them up to date')
    .option('--url <url>', 'HTTP address of ClickHouse (default: AUDIT_REGISTER_CLICKHOUSE_URL)')
    .option('--database <name>', 'database to use (default: AUDIT_REGISTER_CLICKHOUSE_DATABASE)')
    .option(
      '--cluster <name>',
      'make them on all servers of this cluster (default: AUDIT_REGISTER_CLICKHOUSE_CLUSTER)',
    )
    .action((options: MigrateCommandOptions) => run((context) => runMigrate(options, context)));
};

/** Applies what is not applied yet and prints what it did. */
export async function runMigrate(options: MigrateCommandOptions, context: CommandContext): Promise<number> {
  const { clickhouse } = loadConfig(withOptions(context.env, options), context.cwd);
  const client = createStoreClient(clickhouse);
  try {
    const { database, cluster } = clickhouse;
    report(await migrate(client, { database, cluster, isEveryServer: true }), database, context);
    return EXIT.good;
  } catch (error) {
    throw describeStoreError(error, clickhouse);
  } finally {
    await client.close();
  }
}

/** An option is the setting of its name, so that both are checked alike. */
function withOptions(env: NodeJS.ProcessEnv, options: MigrateCommandOptions): NodeJS.ProcessEnv {
  return {
    ...env,
    ...(options.url !== undefined && { AUDIT_REGISTER_CLICKHOUSE_URL: options.url }),
    ...(options.database !== undefined && { AUDIT_REGISTER_CLICKHOUSE_DATABASE: options.database }),
    ...(options.cluster !== undefined && { AUDIT_REGISTER_CLICKHOUSE_CLUSTER: options.cluster }),
  };
}

function report(result: MigrateResult, database: string, { print }: CommandContext): void {
  for (const name of result.applied) print(`applied ${name}`);
  if (result.applied.length > 0) return;
  print(`database ${database} is up to date (${result.already.length} migrations)`);
}

import { loadConfig } from '../config/load.js';
import type { Config } from '../config/config.js';
import { createClickHouseSink } from '../delivery/sinks/clickhouse.js';
import { AuditRegisterError } from '../errors.js';
import { importEasyAudit } from '../import/easy-audit/import.js';
import type { EasyAuditImportOptions } from '../import/easy-audit/options.js';
import { createSigner } from '../integrity/signature.js';
import { createLog } from '../log.js';
import { createStoreClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import type { AddCommand, CommandContext } from './command.js';
import { safeText } from './terminal/safe-text.js';

export interface ImportCommandOptions {
  readonly postgres?: string;
  readonly service: string;
  readonly environment: string;
  readonly source?: string;
  readonly userTable?: string;
  readonly userKey: string;
  readonly userName: string;
  readonly timeZone: string;
  readonly beyondRetention: boolean;
  readonly dryRun: boolean;
}

const DEFAULT_USER_TABLE = 'auth_user';

export const addImportCommand: AddCommand = (program, run) => {
  program
    .command('import')
    .description('bring the history of another audit log over')
    .command('easy-audit')
    .description('import the three event tables of django-easy-audit from PostgreSQL; run again, it goes on')
    .option('--postgres <url>', 'database of easy-audit (default: PGHOST, PGUSER, PGPASSWORD, …)')
    .option('--service <name>', 'service_name of the records', 'django')
    .option('--environment <name>', 'environment of the records', '')
    .option('--source <name>', 'tells sources of one service apart (default: name of the database)')
    .option(
      '--user-table <table>',
      `table with the names of users (default: ${DEFAULT_USER_TABLE}, where it can be read)`,
    )
    .option('--user-key <column>', 'its key', 'id')
    .option('--user-name <column>', 'its name', 'username')
    .option('--time-zone <name>', 'zone of the times, where the project has USE_TZ = False', '')
    .option('--beyond-retention', 'leave out what the TTL of the register would delete', false)
    .option('--dry-run', 'show counts and three records of each table, write nothing', false)
    .action((options: ImportCommandOptions) => run((context) => runImport(options, context)));
};

/** Imports, prints what there is afterwards, and fails with a finding when it is not everything. */
export async function runImport(options: ImportCommandOptions, context: CommandContext): Promise<number> {
  const config = loadConfig(context.env, context.cwd);
  const { clickhouse } = config;
  const client = createStoreClient(clickhouse);
  // NOTE: the tables are there, or the import says so before it begins.
  const sink = createClickHouseSink(
    { ...clickhouse, migrate: 'off' },
    createLog(config.logLevel, (line) => context.say(line.trimEnd())),
  );
  const { say } = context;
  try {
    return await importEasyAudit(importOptions(options, config, context), {
      client,
      sink,
      database: clickhouse.database,
      sign: config.signingKey === '' ? undefined : createSigner(config.signingKey),
      print: (line) => context.print(safeText(line)),
      say,
      // NOTE: read late, because reading it takes Ctrl-C over, and until something is written that may just end.
      get signal() {
        return context.signal;
      },
    });
  } catch (error) {
    throw error instanceof AuditRegisterError ? error : describeStoreError(error, clickhouse);
  } finally {
    await sink.close();
    await client.close();
  }
}

function importOptions(
  options: ImportCommandOptions,
  config: Config,
  { cwd }: CommandContext,
): EasyAuditImportOptions {
  return {
    postgresUrl: options.postgres,
    cwd,
    service: options.service,
    environment: options.environment,
    sourceName: options.source,
    users: {
      table: options.userTable ?? DEFAULT_USER_TABLE,
      key: options.userKey,
      name: options.userName,
      isRequired: options.userTable !== undefined,
    },
    timeZone: options.timeZone,
    isBeyondRetentionSkipped: options.beyondRetention,
    isDryRun: options.dryRun,
    redactKeys: config.redactKeys,
    trustedProxies: config.identity.trustedProxies,
  };
}

import type { Config } from '../../config/config.js';
import { loadConfig } from '../../config/load.js';
import type { ToldSettings } from '../../config/told-settings.js';
import { ConfigurationError, messageOf } from '../../errors.js';
import { createStoreClient } from '../../store/client.js';
import type { CommandContext } from '../command.js';
import { readProject } from '../project/project.js';
import { failure, good, skipped, warning } from './check.js';
import type { Check, Verdict } from './check.js';
import { keyChecks } from './key-checks.js';
import { projectChecks } from './project-checks.js';
import { receiverChecks } from './receiver-checks.js';
import type { ReaderAddress } from './reader-options.js';
import { spoolChecks } from './spool-checks.js';
import { storeChecks } from './store-checks.js';
import type { StoreAccess } from './store-checks.js';
import { sendTestRecord } from './test-record.js';
import type { TestRecordParts } from './test-record.js';

export interface PlanOptions {
  readonly testRecord: boolean;
  readonly reader: ReaderAddress | undefined;
  /** Seconds. */
  readonly timeout: number;
}

/** What is looked at, in the order in which it is told. */
export interface Plan {
  readonly checks: readonly Check[];
  readonly close: () => Promise<void>;
}

/** Of the time of a check, for one answer of a server: so it says itself that there was none. */
const SHARE_OF_ANSWER = 0.8;
/** The test record needs several answers. */
const ANSWERS_OF_TEST_RECORD = 4;

/** @param told The settings with where they come from. */
export function planChecks(options: PlanOptions, { env, cwd }: CommandContext, told: ToldSettings): Plan {
  const project = readProject(cwd);
  const ofProject = projectChecks(project, env, cwd);
  const config = readConfig(env, cwd);
  if (config instanceof Error)
    return { checks: [nodeCheck(), ...unusable(config), ...ofProject], close: async () => {} };
  const answerMillis = options.timeout * 1_000 * SHARE_OF_ANSWER;
  const writer = openStore(config.clickhouse, answerMillis);
  const reader = options.reader && openReader(options.reader, config, answerMillis);
  const record = { config, env, writer, reader, timeoutMillis: answerMillis };
  return {
    checks: [
      nodeCheck(),
      { name: 'configuration', run: () => judgeConfiguration(config, told.file) },
      ...unusedSinkChecks(config, told),
      ...sinkChecks(config, writer, reader, answerMillis),
      ...spoolChecks(config, env),
      ...keyChecks(config, env, project),
      ...ofProject,
      ...(options.testRecord ? [recordCheck(record, options.timeout)] : []),
    ],
    close: async () => {
      await Promise.all([writer.client.close(), reader?.client.close()]);
    },
  };
}

function nodeCheck(): Check {
  return { name: 'Node.js', run: () => good(`${process.versions.node}, and 22.15 is enough`) };
}

function unusable(error: Error): readonly Check[] {
  const rest = 'ClickHouse, the spool, keys and the test record need a configuration that can be used';
  return [
    { name: 'configuration', run: () => failure(messageOf(error)) },
    { name: 'everything else', run: () => skipped(rest) },
  ];
}

function judgeConfiguration({ disabled }: Config, file: string): Verdict {
  if (disabled) return warning('AUDIT_REGISTER_DISABLED is set: nothing is recorded', 'remove it');
  return good(file === '' ? 'environment and defaults, no file' : `environment and ${file}`);
}

function sinkChecks(
  { sink, clickhouse, otlp }: Config,
  writer: StoreAccess,
  reader: StoreAccess | undefined,
  answerMillis: number,
): readonly Check[] {
  if (sink === 'clickhouse') return storeChecks(writer, reader, clickhouse.migrate);
  const store: Check = { name: 'ClickHouse', run: () => skipped(`the sink is "${sink}"`) };
  return sink === 'otlp' ? [store, ...receiverChecks({ ...otlp, timeoutMillis: answerMillis })] : [store];
}

/** NOTE: the sink that is not chosen has its defaults, so that nothing else would tell of a forgotten AUDIT_REGISTER_SINK. */
function unusedSinkChecks({ sink }: Config, { settings }: ToldSettings): readonly Check[] {
  const unused = settings.find(({ key, source }) => key === 'otlp.endpoint' && source !== 'default');
  if (unused === undefined || sink === 'otlp') return [];
  const says = `${unused.variable} is set, but the sink is "${sink}": no record goes there`;
  return [{ name: 'sink', run: () => warning(says, 'set AUDIT_REGISTER_SINK=otlp, or remove it') }];
}

function recordCheck(parts: TestRecordParts, timeoutSeconds: number): Check {
  const run = (): Verdict | Promise<Verdict> =>
    parts.config.sink === 'console'
      ? skipped('records go to the standard output of the application')
      : sendTestRecord(parts);
  return { name: 'test record', timeoutMillis: timeoutSeconds * 1_000 * ANSWERS_OF_TEST_RECORD, run };
}

function readConfig(env: NodeJS.ProcessEnv, cwd: string): Config | Error {
  try {
    return loadConfig(env, cwd);
  } catch (error) {
    return error as Error;
  }
}

function openStore(store: Config['clickhouse'], timeoutMillis: number): StoreAccess {
  return { store, client: createStoreClient({ ...store, timeoutMillis }) };
}

/** An address of a reader is read as the one of a writer is. */
function openReader(
  { url, user, password }: ReaderAddress,
  { clickhouse }: Config,
  timeoutMillis: number,
): StoreAccess {
  const settings = {
    AUDIT_REGISTER_CLICKHOUSE_URL: url ?? clickhouse.url,
    AUDIT_REGISTER_CLICKHOUSE_DATABASE: clickhouse.database,
  };
  try {
    const store = loadConfig({ ...settings, AUDIT_REGISTER_CONFIG: '' }, __dirname).clickhouse;
    return openStore(
      { ...store, username: user ?? store.username, password: password ?? store.password },
      timeoutMillis,
    );
  } catch (cause) {
    throw new ConfigurationError('--reader-url must be an address such as http://clickhouse:8123.', {
      cause,
    });
  }
}

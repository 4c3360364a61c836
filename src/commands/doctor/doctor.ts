import { InvalidArgumentError } from 'commander';
import type { Config } from '../../config/config.js';
import { loadConfig } from '../../config/load.js';
import { secretsOfUrl, tellSettings } from '../../config/told-settings.js';
import type { ToldSettings } from '../../config/told-settings.js';
import { ConfigurationError, EXIT, messageOf } from '../../errors.js';
import { createStoreClient } from '../../store/client.js';
import type { AddCommand, CommandContext } from '../command.js';
import { readProject } from '../project/project.js';
import { failure, good, runCheck, skipped, warning } from './check.js';
import type { Check, Checked, Verdict } from './check.js';
import { keyChecks } from './key-checks.js';
import { projectChecks } from './project-checks.js';
import { printReport, printSettings } from './report.js';
import { createScrub } from './scrub.js';
import type { Scrub } from './scrub.js';
import { spoolChecks } from './spool-checks.js';
import { storeChecks } from './store-checks.js';
import type { StoreAccess } from './store-checks.js';
import { sendTestRecord } from './test-record.js';

export interface DoctorOptions {
  readonly testRecord: boolean;
  readonly readerUrl?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 10;
/** Of the time of a check, for one answer of a server: so it says itself that there was none. */
const SHARE_OF_ANSWER = 0.8;
/** The test record needs several answers. */
const ANSWERS_OF_TEST_RECORD = 4;
const GRACE_MILLIS = 500;

export const addDoctorCommand: AddCommand = (program, run) => {
  program
    .command('doctor')
    .description('show every setting with its source, check what they name, and send a test record')
    .option('--no-test-record', 'send no test record')
    .option('--reader-url <url>', 'ClickHouse with user and password of a reader, to read the record back')
    .option(
      '--timeout <seconds>',
      `seconds that a check may take (default: ${DEFAULT_TIMEOUT_SECONDS})`,
      parseSeconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .option('--json', 'print everything as JSON', false)
    .action((options: DoctorOptions) => run((context) => runDoctor(options, context)));
};

/** Checks everything and prints it; a finding when a check fails. Warnings are none. */
export async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<number> {
  const told = tellSettings(context.env, context.cwd);
  const scrub = createScrub([...told.secrets, ...secretsOfUrl(options.readerUrl ?? '')]);
  if (!options.json) printSettings(told, scrub, context.print);
  const { checks, close } = planChecks(options, context, told);
  const limit = options.timeout * 1_000;
  const running = checks.map(async (check) => scrubbed(await runCheck(check, limit), scrub));
  const results = await printReport(running, options.json ? undefined : context.print);
  await close();
  const code = results.some(({ status }) => status === 'failure') ? EXIT.finding : EXIT.good;
  if (options.json) context.print(JSON.stringify(documentOf(told, results, scrub), undefined, 2));
  if (results.some(({ isHanging }) => isHanging)) endSoon(code);
  return code;
}

interface Plan {
  readonly checks: readonly Check[];
  readonly close: () => Promise<void>;
}

function planChecks(options: DoctorOptions, { env, cwd }: CommandContext, told: ToldSettings): Plan {
  const project = readProject(cwd);
  const config = readConfig(env, cwd);
  const node: Check = { name: 'Node.js', run: () => good(`${process.versions.node}, and 22.15 is enough`) };
  const ofProject = projectChecks(project, env, cwd);
  if (config instanceof Error) {
    const wrong: Check = { name: 'configuration', run: () => failure(messageOf(config)) };
    const rest: Check = {
      name: 'everything else',
      run: () =>
        skipped('ClickHouse, the spool, keys and the test record need a configuration that can be used'),
    };
    return { checks: [node, wrong, rest, ...ofProject], close: async () => {} };
  }
  const right: Check = { name: 'configuration', run: () => judgeConfiguration(config, told) };
  const answerMillis = options.timeout * 1_000 * SHARE_OF_ANSWER;
  const writer = openStore(config.clickhouse, answerMillis);
  const reader =
    options.readerUrl === undefined ? undefined : openReader(options.readerUrl, config, answerMillis);
  const isStore = config.sink === 'clickhouse';
  const test: Check = {
    name: 'test record',
    timeoutMillis: options.timeout * 1_000 * ANSWERS_OF_TEST_RECORD,
    run: () =>
      config.sink === 'console'
        ? skipped('records go to the standard output of the application')
        : sendTestRecord({ config, env, writer, reader, timeoutMillis: answerMillis }),
  };
  const noStore: Check = { name: 'ClickHouse', run: () => skipped(`the sink is "${config.sink}"`) };
  return {
    checks: [
      node,
      right,
      ...(isStore ? storeChecks(writer, reader, config.clickhouse.migrate) : [noStore]),
      ...spoolChecks(config, env),
      ...keyChecks(config, env, project),
      ...ofProject,
      ...(options.testRecord ? [test] : []),
    ],
    close: async () => {
      await Promise.all([writer.client.close(), reader?.client.close()]);
    },
  };
}

function judgeConfiguration({ disabled }: Config, { file }: ToldSettings): Verdict {
  if (disabled) return warning('AUDIT_REGISTER_DISABLED is set: nothing is recorded', 'remove it');
  return good(file === '' ? 'environment and defaults, no file' : `environment and ${file}`);
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
function openReader(address: string, { clickhouse }: Config, timeoutMillis: number): StoreAccess {
  const settings = {
    AUDIT_REGISTER_CLICKHOUSE_URL: address,
    AUDIT_REGISTER_CLICKHOUSE_DATABASE: clickhouse.database,
  };
  try {
    const store = loadConfig({ ...settings, AUDIT_REGISTER_CONFIG: '' }, __dirname).clickhouse;
    return openStore(store, timeoutMillis);
  } catch (cause) {
    throw new ConfigurationError(
      '--reader-url must be an address such as http://audit_reader:password@clickhouse:8123.',
      { cause },
    );
  }
}

function scrubbed(checked: Checked, scrub: Scrub): Checked {
  return { ...checked, says: scrub(checked.says), mend: checked.mend && scrub(checked.mend) };
}

function documentOf(told: ToldSettings, results: readonly Checked[], scrub: Scrub): object {
  return {
    file: told.file === '' ? null : told.file,
    settings: told.settings.map((setting) => ({ ...setting, value: scrub(setting.value) })),
    problems: told.problems.map(scrub),
    checks: results.map(({ name, status, says, mend, tookMillis }) => ({
      name,
      status,
      says,
      ...(mend !== undefined && { mend }),
      tookMillis,
    })),
  };
}

/** NOTE: a check that was given up may hold the process for as long as it likes. */
function endSoon(code: number): void {
  setTimeout(() => process.exit(code), GRACE_MILLIS).unref();
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,4}(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('It is a number of seconds.');
}

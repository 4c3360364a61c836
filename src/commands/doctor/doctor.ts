import { InvalidArgumentError } from 'commander';
import { tellSettings } from '../../config/told-settings.js';
import type { ToldSettings } from '../../config/told-settings.js';
import { EXIT } from '../../errors.js';
import type { AddCommand, CommandContext } from '../command.js';
import { runCheck } from './check.js';
import type { Checked } from './check.js';
import { planChecks } from './plan.js';
import { readReader, secretsOfReader, tellOpenPassword } from './reader-options.js';
import type { ReaderOptions } from './reader-options.js';
import { printReport, printSettings } from './report.js';
import { createScrub } from './scrub.js';
import type { Scrub } from './scrub.js';

export interface DoctorOptions extends ReaderOptions {
  readonly testRecord: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 10;
const GRACE_MILLIS = 500;

export const addDoctorCommand: AddCommand = (program, run) => {
  program
    .command('doctor')
    .description('show every setting with its source, check what they name, and send a test record')
    .option('--no-test-record', 'send no test record')
    .option('--reader-user <name>', 'user who may read, such as audit_reader, to read the record back')
    .option('--reader-password-file <file>', 'file with the password of --reader-user')
    .option('--reader-url <url>', 'HTTP address of ClickHouse for the reader (default: the configured one)')
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
  const reader = readReader(options, context.cwd);
  const scrub = createScrub([...told.secrets, ...secretsOfReader(reader)]);
  tellOpenPassword(reader, context.say);
  if (!options.json) printSettings(told, scrub, context.print);
  const { checks, close } = planChecks({ ...options, reader }, context, told);
  const limit = options.timeout * 1_000;
  const running = checks.map(async (check) => scrubbed(await runCheck(check, limit), scrub));
  const results = await printReport(running, options.json ? undefined : context.print);
  await close();
  const code = results.some(({ status }) => status === 'failure') ? EXIT.finding : EXIT.good;
  if (options.json) context.print(JSON.stringify(documentOf(told, results, scrub), undefined, 2));
  if (results.some(({ isHanging }) => isHanging)) endSoon(code);
  return code;
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

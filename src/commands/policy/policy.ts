import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { InvalidArgumentError, Option } from 'commander';
import type { Config } from '../../config/config.js';
import { loadConfig } from '../../config/load.js';
import { ConfigurationError, EXIT, messageOf } from '../../errors.js';
import { countOf, createLog } from '../../log.js';
import type { Log } from '../../log.js';
import type { ActorAssurance } from '../../record/actor.js';
import { isOperation } from '../../record/operations.js';
import type { AddCommand, CommandContext } from '../command.js';
import { readProject } from '../project/project.js';
import { safeText } from '../terminal/safe-text.js';
import { differencesOf, parseCases } from './cases.js';
import { describeEvaluation, documentOf } from './describe.js';
import { evaluate } from './evaluate.js';
import { ASSURANCES, NOTHING, NO_OPERATION, describeSubject } from './subject.js';
import type { Subject } from './subject.js';

export interface PolicyTestOptions {
  readonly method: string;
  readonly path?: string;
  readonly route?: string;
  readonly operation: readonly string[];
  readonly status: number;
  readonly body?: string;
  readonly sql?: string;
  readonly parameter: readonly string[];
  readonly rows: number;
  readonly actor?: string;
  readonly assurance: ActorAssurance;
  readonly role: readonly string[];
  readonly tenant?: string;
  readonly service?: string;
  readonly cases?: string;
  readonly json: boolean;
}

const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];

export const addPolicyCommand: AddCommand = (program, run) => {
  program
    .command('policy')
    .description('see what the policy of the configuration does')
    .command('test')
    .description('say what would be recorded of a request or a statement, and which rule decides')
    .option('--method <method>', 'of the request', (text) => text.toUpperCase(), NOTHING.method)
    .option('--path <path>', 'of the request, with its query')
    .option('--route <template>', 'route of the framework, such as /orders/:id')
    .option(
      '--operation <type.name>',
      'of GraphQL, tRPC or Next.js, such as mutation.deleteOrder; may be given again',
      collectOperation,
      [],
    )
    .option('--status <code>', 'of the response', parseStatus, NOTHING.status)
    .option('--body <text>', 'of the request: JSON or a form')
    .option('--sql <text>', 'one or more statements; with --path, made by that request')
    .option('--parameter <value>', 'value of $1, $2, …; may be given again', collect, [])
    .option('--rows <count>', 'rows that each statement touches', parseCount, NOTHING.rows)
    .option('--actor <id>', 'who asks (default: nobody)')
    .addOption(
      new Option('--assurance <assurance>', 'what the name is worth')
        .choices(ASSURANCES)
        .default(NOTHING.assurance),
    )
    .option('--role <name>', 'of the actor; may be given again', collect, [])
    .option('--tenant <id>', 'of the actor')
    .option('--service <name>', 'whose record it is (default: OTEL_SERVICE_NAME, else of package.json)')
    .option('--cases <file>', 'a JSON file of requests and statements with what is expected of them')
    .option('--json', 'print everything as JSON', false)
    .action((options: PolicyTestOptions) => run((context) => runPolicyTest(options, context)));
};

/** Prints what would become of a subject; of a file of cases, a finding when one is not as expected. */
export async function runPolicyTest(options: PolicyTestOptions, context: CommandContext): Promise<number> {
  const isSubject = options.path !== undefined || options.sql !== undefined;
  if (isSubject === (options.cases !== undefined)) {
    context.say('Give --path or --sql (or both), or else --cases.');
    return EXIT.usage;
  }
  const config = configFor(context);
  const log = createLog('warn', (line) => context.say(line.trimEnd()));
  return options.cases === undefined
    ? await testOne(subjectOf(options), config, log, options.json, context)
    : await testCases(options.cases, config, log, options.json, context);
}

async function testOne(
  subject: Subject,
  config: Config,
  log: Log,
  isJson: boolean,
  { print }: CommandContext,
): Promise<number> {
  const evaluations = await evaluate(subject, config, log);
  if (isJson) {
    print(JSON.stringify(evaluations.map(documentOf), undefined, 2));
    return EXIT.good;
  }
  print(safeText(describeSubject(subject)));
  if (evaluations.length === 0) print('  leaves no record: a step of a transaction, or no statement at all');
  for (const evaluation of evaluations)
    for (const line of describeEvaluation(evaluation, config)) print(`  ${line}`);
  return EXIT.good;
}

async function testCases(
  file: string,
  config: Config,
  log: Log,
  isJson: boolean,
  { cwd, print }: CommandContext,
): Promise<number> {
  const results = [];
  for (const one of parseCases(await read(resolve(cwd, file)), file)) {
    const evaluations = await evaluate(one.subject, config, log);
    const what = one.name === '' ? describeSubject(one.subject) : one.name;
    results.push({ case: what, differences: differencesOf(one, evaluations), evaluations });
  }
  const wrong = results.filter(({ differences }) => differences.length > 0);
  if (isJson) {
    const told = results.map((result) => ({ ...result, evaluations: result.evaluations.map(documentOf) }));
    print(JSON.stringify(told, undefined, 2));
  } else {
    for (const { case: what, differences } of results) {
      print(`${differences.length === 0 ? paint('green', '✓') : paint('red', '✗')} ${safeText(what)}`);
      for (const difference of differences) print(`    ${difference}`);
    }
    print(`${countOf(results.length, 'case')}, ${wrong.length} not as expected`);
  }
  return wrong.length === 0 ? EXIT.good : EXIT.finding;
}

function subjectOf(options: PolicyTestOptions): Subject {
  const { method, status, rows, assurance } = options;
  return {
    method,
    path: options.path ?? '',
    route: options.route ?? '',
    operations: options.operation,
    status,
    body: options.body ?? '',
    sql: options.sql ?? '',
    parameters: options.parameter,
    rows,
    actor: options.actor ?? '',
    assurance,
    roles: options.role,
    tenant: options.tenant ?? '',
    service: options.service ?? '',
  };
}

/** NOTE: a process takes its name from the package.json next to its program, which here is the one of this package. */
function configFor({ env, cwd }: CommandContext): Config {
  const config = loadConfig(env, cwd);
  const name = env['OTEL_SERVICE_NAME'] || readProject(cwd)?.manifest.name || config.service.name;
  return { ...config, service: { ...config.service, name } };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`--cases cannot be read: ${messageOf(cause)}.`, { cause });
  }
}

function collectOperation(value: string, values: readonly string[]): readonly string[] {
  if (isOperation(value)) return [...values, value];
  throw new InvalidArgumentError(`${NO_OPERATION}.`);
}

function parseStatus(text: string): number {
  if (/^[1-5]\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A status is a number from 100 to 599.');
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
}

function paint(colour: 'green' | 'red', text: string): string {
  return styleText(colour, text, { stream: process.stdout });
}

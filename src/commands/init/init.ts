import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILES } from '../../config/sources.js';
import { ConfigurationError, EXIT, messageOf } from '../../errors.js';
import type { AddCommand, CommandContext } from '../command.js';
import { PACKAGE_MANAGERS, readProject } from '../project/project.js';
import type { Project } from '../project/project.js';
import { configText } from './config-text.js';
import { describeFindings, findingsOf } from './findings.js';
import type { Findings } from './findings.js';
import { AUDITED_SCRIPT, startCommand, withScript } from './start-script.js';

export interface InitOptions {
  readonly write: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
}

const CONFIG_FILE = 'audit-register.config.cjs';

export const addInitCommand: AddCommand = (program, run) => {
  program
    .command('init')
    .description('write a commented configuration for this project, and say how to start it')
    .option('--write', `add the script "${AUDITED_SCRIPT}" to package.json`, false)
    .option('--force', 'write over what is there', false)
    .option('--dry-run', 'print what would be written, write nothing', false)
    .action((options: InitOptions) => run((context) => runInit(options, context)));
};

/** Writes the configuration and says what comes next. */
export async function runInit(options: InitOptions, context: CommandContext): Promise<number> {
  const { cwd, print, say } = context;
  const project = readProject(cwd);
  const findings = findingsOf(project);
  const command = startCommand(project);
  say(`found: ${describeFindings(findings)}`);
  requireFree(options, cwd);
  const manifest = options.write ? newManifest(project, command, options) : undefined;
  const text = configText(findings);
  if (options.dryRun) {
    print(text.trimEnd());
    say('dry run: nothing was written');
  } else {
    write(join(cwd, CONFIG_FILE), text);
    print(`wrote ${CONFIG_FILE}`);
    if (manifest !== undefined) {
      write(join(cwd, 'package.json'), manifest);
      print(`added the script "${AUDITED_SCRIPT}" to package.json`);
    }
  }
  for (const line of nextSteps(findings, command, options)) say(line);
  return EXIT.good;
}

/** @throws ConfigurationError where a file is there that must not be written over, or that would win over the new one */
function requireFree({ force, dryRun }: InitOptions, cwd: string): void {
  const present = CONFIG_FILES.filter((file) => existsSync(join(cwd, file)));
  if (dryRun || present.length === 0) return;
  const other = present.find((file) => file !== CONFIG_FILE);
  if (other !== undefined)
    throw new ConfigurationError(
      `there is ${other} already, and one of the two would not be read; remove it, or go on with it.`,
    );
  if (!force)
    throw new ConfigurationError(
      `there is ${CONFIG_FILE} already, and it is left as it is; --force writes over it.`,
    );
}

function newManifest(project: Project | undefined, command: string, { force }: InitOptions): string {
  if (project === undefined)
    throw new ConfigurationError('there is no package.json that can be read here; leave out --write.');
  const present = project.manifest.scripts[AUDITED_SCRIPT];
  if (present !== undefined && present !== command && !force)
    throw new ConfigurationError(
      `package.json has another script "${AUDITED_SCRIPT}" already; --force writes over it.`,
    );
  return withScript(readFileSync(join(project.directory, 'package.json'), 'utf8'), command);
}

function nextSteps(findings: Findings, command: string, options: InitOptions): readonly string[] {
  const { add, run } = PACKAGE_MANAGERS[findings.packageManager];
  const isScript = options.write && !options.dryRun;
  const start = isScript
    ? [`start it:  ${findings.packageManager} run ${AUDITED_SCRIPT}`]
    : [
        'start it under the preload, for instance by this script of package.json (--write adds it):',
        `  "${AUDITED_SCRIPT}": ${JSON.stringify(command)}`,
      ];
  const steps = [
    ...(findings.isInstalled ? [] : [[`install it:  ${add} audit-register`]]),
    [`have a ClickHouse; for a first look:  ${run} audit-register dev`],
    start,
    [`see that all is well:  ${run} audit-register doctor`],
  ];
  return [
    '',
    ...steps.flatMap(([first = '', ...rest], index) => [
      `${index + 1}. ${first}`,
      ...rest.map((line) => `   ${line}`),
    ]),
    ...remarks(findings),
  ];
}

function remarks({ openTelemetry, framework }: Findings): readonly string[] {
  return [
    ...(openTelemetry.length === 0
      ? []
      : [
          '',
          `${openTelemetry.join(', ')} stays as it is: audit-register joins it and changes nothing in its traces.`,
        ]),
    ...(framework === 'next'
      ? [
          '',
          'Next.js tells no route templates: policy rules go by the path. Only what runs on Node.js is seen, not the edge.',
        ]
      : []),
  ];
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new ConfigurationError(`${path} cannot be written: ${messageOf(cause)}.`, { cause });
  }
}

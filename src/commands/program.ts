import { Command, CommanderError } from 'commander';
import { AuditRegisterError, EXIT } from '../errors.js';
import type { AddCommand, CommandAction, CommandContext } from './command.js';
import { addCompletionCommand } from './completion/completion.js';
import { addDevCommand } from './dev.js';
import { addDoctorCommand } from './doctor/doctor.js';
import { addExploreCommand } from './explore.js';
import { addExportCommand } from './export.js';
import { addGuide, describeOption, leavesOf, pathOf } from './guide.js';
import { GUIDES } from './guides.js';
import { addHashCommand } from './hash.js';
import { addHistoryCommand } from './history.js';
import { addImportCommand } from './import.js';
import { addInitCommand } from './init/init.js';
import { endOnClosedPipe, interruption } from './interruption.js';
import { addKeygenCommand } from './keygen.js';
import { addMigrateCommand } from './migrate.js';
import { addPolicyCommand } from './policy/policy.js';
import { addPurgeCommand } from './purge.js';
import { addQueryCommand } from './query.js';
import { addSpoolCommand } from './spool/spool.js';
import { addTailCommand } from './tail.js';
import { safeLines } from './terminal/safe-text.js';
import { UsageError } from './usage-error.js';
import { addVerifyCommand } from './verify.js';
import { readVersion } from './version.js';
import { addWhoCommand } from './who.js';

/** In the order of the help. */
const GROUPS: readonly (readonly [heading: string, commands: readonly AddCommand[]])[] = [
  [
    'Look:',
    [addExploreCommand, addTailCommand, addQueryCommand, addHistoryCommand, addWhoCommand, addHashCommand],
  ],
  ['Prove:', [addVerifyCommand, addExportCommand]],
  ['Run:', [addMigrateCommand, addSpoolCommand, addPurgeCommand, addImportCommand]],
  [
    'Set up:',
    [
      addInitCommand,
      addDoctorCommand,
      addPolicyCommand,
      addKeygenCommand,
      addDevCommand,
      addCompletionCommand,
    ],
  ],
];

const NOTES = `
Times are local, with their offset to UTC; --utc shows UTC. NO_COLOR=1 takes colours away, and so does a pipe.

Exit codes:
   0  all went well
   1  a finding: something is not as it should be
   2  the command line is wrong
  78  a setting, or what it names, cannot be used

  $ audit-register help verify
      options, examples and exit codes of a command
All commands: docs/commands.md`;

/**
 * Runs the command that the arguments name and leaves its exit code with the process.
 *
 * @param args Without the program and the script.
 */
export async function main(args: readonly string[]): Promise<void> {
  endOnClosedPipe();
  process.exitCode = await runProgram(args, {
    env: process.env,
    cwd: process.cwd(),
    print: (line) => void process.stdout.write(`${line}\n`),
    // What is said may name what a server, a file or a record says; a log of it is read at a terminal, too.
    say: (line) => void process.stderr.write(`${safeLines(line)}\n`),
    get signal() {
      return interruption();
    },
  });
}

/** @returns The exit code. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = EXIT.good;
  const program = createProgram(context, async (action) => {
    exitCode = await action(context);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, context);
  }
}

/** The tree of all commands. */
export function createProgram(
  context: Pick<CommandContext, 'print' | 'say'>,
  run: (action: CommandAction) => Promise<void>,
): Command {
  const program = new Command('audit-register')
    .description('The audit register: who did what, to which row, from where, with which outcome.')
    .version(readVersion())
    // A word such as `-Vienna` behind a command excludes; it does not ask for the version of the program.
    .enablePositionalOptions()
    .showHelpAfterError('(run with --help for the options)')
    .configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => context.say(text.trimEnd()),
    })
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .addHelpText('after', NOTES);
  for (const [heading, commands] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of commands) add(program, run);
  }
  program.helpCommand('help [command]', 'show the help of a command');
  for (const leaf of leavesOf(program)) {
    const guide = GUIDES[pathOf(leaf)];
    if (guide !== undefined) addGuide(leaf, guide);
  }
  return program;
}

function exitCodeOf(error: unknown, context: CommandContext): number {
  // Commander has already said it: help and version are good, the rest is wrong usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.usage;
  if (error instanceof AuditRegisterError) {
    context.say(`audit-register: ${error.message.replace(/\s+/g, ' ')}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.configuration;
  }
  // A defect of ours: the stack is what is needed to mend it.
  context.say(`audit-register: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT.finding;
}

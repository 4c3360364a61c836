import { Command, CommanderError } from 'commander';
import { AuditRegisterError, EXIT } from '../errors.js';
import type { AddCommand, CommandAction, CommandContext } from './command.js';
import { addDevCommand } from './dev.js';
import { addExploreCommand } from './explore.js';
import { addExportCommand } from './export.js';
import { addHashCommand } from './hash.js';
import { addHistoryCommand } from './history.js';
import { addImportCommand } from './import.js';
import { addKeygenCommand } from './keygen.js';
import { addMigrateCommand } from './migrate.js';
import { addPurgeCommand } from './purge.js';
import { addQueryCommand } from './query.js';
import { addSpoolCommand } from './spool/spool.js';
import { addTailCommand } from './tail.js';
import { UsageError } from './usage-error.js';
import { addVerifyCommand } from './verify.js';
import { readVersion } from './version.js';
import { addWhoCommand } from './who.js';

const COMMANDS: readonly AddCommand[] = [
  addTailCommand,
  addQueryCommand,
  addHistoryCommand,
  addWhoCommand,
  addDevCommand,
  addExploreCommand,
  addExportCommand,
  addHashCommand,
  addImportCommand,
  addKeygenCommand,
  addMigrateCommand,
  addSpoolCommand,
  addPurgeCommand,
  addVerifyCommand,
];

/**
 * Runs the command that the arguments name and leaves its exit code with the process.
 *
 * @param args Without the program and the script.
 */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runProgram(args, {
    env: process.env,
    cwd: process.cwd(),
    print: (line) => void process.stdout.write(`${line}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
    get signal() {
      return interruption();
    },
  });
}

let interrupt: AbortController | undefined;

/** SIGINT and SIGTERM end a command as they end any program, until it asks for this signal to end in order. */
function interruption(): AbortSignal {
  if (interrupt !== undefined) return interrupt.signal;
  const controller = (interrupt = new AbortController());
  // NOTE: both stay handled until the end, so that a second Ctrl-C does not cut an orderly end short.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort());
  return controller.signal;
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

function createProgram(context: CommandContext, run: (action: CommandAction) => Promise<void>): Command {
  const program = new Command('audit-register')
    .description('The audit register: who did what, to which row, from where, with which outcome.')
    .version(readVersion())
    .showHelpAfterError('(run with --help for the options)')
    .configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => context.say(text.trimEnd()),
    })
    .exitOverride();
  for (const add of COMMANDS) add(program, run);
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

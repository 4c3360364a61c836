import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument } from 'commander';
import type { Command } from 'commander';
import { EXIT } from '../../errors.js';
import type { AddCommand, CommandContext } from '../command.js';
import { candidatesFor } from './candidates.js';

/** Each has a script of its name beside this file. */
const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
type Shell = (typeof SHELLS)[number];

/** Told to a script after the candidates, on a line of its own: that the shell may add paths. */
const PATHS = ':paths';

export const addCompletionCommand: AddCommand = (program, run) => {
  program
    .command('completion')
    .description('print a script that completes commands, options and their values in a shell')
    .addArgument(new Argument('<shell>', 'whose script').choices(SHELLS))
    .action((shell: Shell) => run((context) => printScript(shell, context)));
  program
    .command('complete', { hidden: true })
    .description('what those scripts ask: the words so far, the last of them being typed')
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .action((words: readonly string[]) => run((context) => printCandidates(program, words, context)));
};

async function printScript(shell: Shell, { print }: CommandContext): Promise<number> {
  print(readFileSync(join(__dirname, `audit-register.${shell}`), 'utf8').trimEnd());
  return EXIT.good;
}

async function printCandidates(
  program: Command,
  words: readonly string[],
  { print }: CommandContext,
): Promise<number> {
  // NOTE: PowerShell loses an empty word on its way, so its script sends a blank.
  const typed = words.map((word) => word.trim());
  const { values, isPath } = candidatesFor(program, typed);
  for (const { value, means } of values) print(`${value}\t${means.replace(/\s+/g, ' ')}`);
  if (isPath) print(PATHS);
  return EXIT.good;
}

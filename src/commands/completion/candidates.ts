import type { Command, Option } from 'commander';

/** What may stand where the cursor is. */
export interface Candidates {
  readonly values: readonly Candidate[];
  /** Whether it may be the path of a file, which the shell knows better. */
  readonly isPath: boolean;
}

export interface Candidate {
  readonly value: string;
  readonly means: string;
}

/** Names of values that are paths, in the flags of options and in arguments. */
const PATH_NAME = /[<[](?:file|directory|report)\b/;
const NOTHING: Candidates = { values: [], isPath: false };

/**
 * Reads the command line as far as it is typed, by the program's own tree, so that completion knows every command and option
 * that there is.
 *
 * @param words After the name of the program; the last one is being typed, and may be empty.
 */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const typed = words.at(-1) ?? '';
  const { command, pending, given } = readWords(program, words.slice(0, -1));
  if (pending !== undefined) return startingWith(typed, valuesOf(pending));
  if (!typed.startsWith('-')) return startingWith(typed, operandsOf(command, given));
  const [flag = ''] = typed.split('=', 1);
  const option = flag === typed ? undefined : optionOf(command, flag);
  return startingWith(
    typed,
    option === undefined ? optionsOf(command) : prefixed(`${flag}=`, valuesOf(option)),
  );
}

interface Position {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly pending: Option | undefined;
  /** Arguments of the command so far. */
  readonly given: number;
}

function readWords(program: Command, words: readonly string[]): Position {
  let [command, given] = [program, 0];
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    const below = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (word.startsWith('-')) pending = word.includes('=') ? undefined : optionWithValue(command, word);
    else if (below !== undefined && given === 0) command = below;
    else given += 1;
  }
  return { command, pending, given };
}

function optionWithValue(command: Command, flag: string): Option | undefined {
  const option = optionOf(command, flag);
  return option?.required === true || option?.optional === true ? option : undefined;
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find((option) => option.long === flag || option.short === flag);
}

function optionsOf(command: Command): Candidates {
  const options = command.createHelp().visibleOptions(command);
  return {
    values: options.map(({ long, short, description }) => ({
      value: long ?? short ?? '',
      means: description,
    })),
    isPath: false,
  };
}

function valuesOf({ argChoices = [], flags }: Option): Candidates {
  return { values: argChoices.map((value) => ({ value, means: '' })), isPath: PATH_NAME.test(flags) };
}

/** Commands below it, else what its next argument may be. */
function operandsOf(command: Command, given: number): Candidates {
  const below = command.createHelp().visibleCommands(command);
  if (given === 0 && command.commands.length > 0) {
    const values = below.map((each) => ({ value: each.name(), means: each.description() }));
    return { values, isPath: false };
  }
  const all = command.registeredArguments;
  const argument = all[given] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  if (argument === undefined) return NOTHING;
  return {
    values: (argument.argChoices ?? []).map((value) => ({ value, means: '' })),
    isPath: PATH_NAME.test(`<${argument.name()}`),
  };
}

function prefixed(prefix: string, { values, isPath }: Candidates): Candidates {
  return { values: values.map(({ value, means }) => ({ value: prefix + value, means })), isPath };
}

function startingWith(typed: string, { values, isPath }: Candidates): Candidates {
  return { values: values.filter(({ value }) => value.startsWith(typed)), isPath };
}

import type { Command, Option } from 'commander';

/** A command line that is worth knowing. */
export interface Example {
  readonly line: string;
  readonly means: string;
}

/** What the help of a command and its page say beside its options. */
export interface Guide {
  readonly examples: readonly Example[];
  /** When it ends with 1; left out where it never does. */
  readonly finding?: string;
}

const INDENT = '  ';

/** Adds examples and exit codes to the help of a command. */
export function addGuide(command: Command, guide: Guide): void {
  command.addHelpText('after', `\n${guideLines(guide).join('\n')}`);
}

/** The path of a command as it is typed, without the name of the program: `spool list`. */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null ? '' : `${pathOf(parent)} ${command.name()}`.trim();
}

/** The commands that do something, in the order of the help. */
export function leavesOf(command: Command): Command[] {
  const below = command.createHelp().visibleCommands(command);
  const own = below.filter((each) => each.parent === command && command.commands.includes(each));
  return own.flatMap((each) => (each.commands.length === 0 ? [each] : leavesOf(each)));
}

/** What each exit code of a command means. */
export function exitCodesOf({ finding }: Guide): readonly (readonly [code: number, meaning: string])[] {
  return [
    [0, 'all went well'],
    ...(finding === undefined ? [] : [[1, finding] as const]),
    [2, 'the command line is wrong'],
    [78, 'a setting, or what it names, cannot be used'],
  ];
}

/** What an option is for, its choices and its default, where that is worth a word. */
export function describeOption({
  description,
  argChoices,
  defaultValue,
  required,
  optional,
}: Option): string {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  const takesValue = required || optional;
  const isSaid = !takesValue || description.includes('(default') || isEmpty(defaultValue);
  return `${description}${choices}${isSaid ? '' : ` (default: ${String(defaultValue)})`}`;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function guideLines(guide: Guide): readonly string[] {
  return [
    'Examples:',
    ...guide.examples.flatMap(({ line, means }) => [`${INDENT}$ ${line}`, `${INDENT}    ${means}`]),
    '',
    'Exit codes:',
    ...exitCodesOf(guide).map(([code, meaning]) => `${INDENT}${String(code).padStart(2)}  ${meaning}`),
  ];
}

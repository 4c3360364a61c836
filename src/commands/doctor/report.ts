import { styleText } from 'node:util';
import type { ToldSetting, ToldSettings } from '../../config/told-settings.js';
import type { Checked, Status } from './check.js';
import type { Scrub } from './scrub.js';

type Print = (line: string) => void;

const SIGNS: Readonly<Record<Status, string>> = { good: '✓', warning: '!', failure: '✗', skipped: '–' };
const COLOURS = { good: 'green', warning: 'yellow', failure: 'red', skipped: 'gray' } as const;
const WIDEST_NAME = 16;
/** A value that is longer is whole in the JSON. */
const VALUE_WIDTHS = { least: 16, most: 48 };
const USUAL_COLUMNS = 140;
/** What stands around a value: the longest name of a setting, the longest source that is no path, and the gaps. */
const BESIDE_VALUE = 60;

/** Those that somebody has set come first. */
export function printSettings(told: ToldSettings, scrub: Scrub, print: Print): void {
  print(bold('Settings'));
  const isSet = ({ source }: ToldSetting): boolean => source !== 'default';
  const sorted = [...told.settings.filter(isSet), ...told.settings.filter((each) => !isSet(each))];
  const rows = sorted.map(({ key, value, source, from }) => [
    key,
    shortened(scrub(value)) || '(empty)',
    from === '' ? source : `${source}: ${from}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const [key = '', value = '', source = ''] of rows) {
    const line = `  ${key.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${source}`;
    print(source === 'default' ? dim(line) : line);
  }
  for (const problem of told.problems) print(`  ${paint('failure', '✗')} ${scrub(problem)}`);
  print('');
}

/** Prints each check as soon as those before it are done. */
export async function printReport(
  running: readonly Promise<Checked>[],
  print: Print | undefined,
): Promise<readonly Checked[]> {
  const results: Checked[] = [];
  print?.(bold('Checks'));
  for (const next of running) {
    const checked = await next;
    results.push(checked);
    for (const line of linesOf(checked)) print?.(line);
  }
  print?.('');
  print?.(summaryOf(results));
  return results;
}

function linesOf({ name, status, says, mend }: Checked): readonly string[] {
  const line = `  ${paint(status, SIGNS[status])} ${name.padEnd(WIDEST_NAME)} ${says}`;
  return mend === undefined ? [line] : [line, dim(`    ${' '.repeat(WIDEST_NAME)} → ${mend}`)];
}

function summaryOf(results: readonly Checked[]): string {
  const count = (wanted: Status): number => results.filter(({ status }) => status === wanted).length;
  const words = [
    `${count('good')} good`,
    `${count('warning')} to look at`,
    `${count('failure')} wrong`,
    ...(count('skipped') === 0 ? [] : [`${count('skipped')} not checked`]),
  ];
  return words.join(', ');
}

function shortened(text: string): string {
  const columns = process.stdout.columns ?? USUAL_COLUMNS;
  const widest = Math.min(Math.max(columns - BESIDE_VALUE, VALUE_WIDTHS.least), VALUE_WIDTHS.most);
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}

/** NOTE: styleText knows NO_COLOR, FORCE_COLOR and whether anybody sees colours. */
function paint(status: Status, text: string): string {
  return styleText(COLOURS[status], text, { stream: process.stdout });
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout });
}

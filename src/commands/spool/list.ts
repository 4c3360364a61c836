import { EXIT } from '../../errors.js';
import type {
  ListedDeadLetter,
  ListedDestination,
  ListedOwner,
  ListedSegment,
} from '../../delivery/spool/list-spool.js';
import { countOf } from '../../log.js';
import type { CommandContext } from '../command.js';
import { safeJsonText, safeText } from '../terminal/safe-text.js';
import { findSpool, readSpool } from './place.js';
import type { SpoolPlace } from './place.js';

/** Dead letters that are named; all of them are in the JSON. */
const NAMED_LETTERS = 20;

/** Says what is in the spool. */
export async function runList({ json }: { json: boolean }, context: CommandContext): Promise<number> {
  const place = findSpool(context);
  const destinations = place === undefined ? [] : await readSpool(place.root);
  const { print } = context;
  if (json) {
    const listed = destinations.map((each) => ({
      ...each,
      isConfigured: each.destination === place?.destination,
    }));
    print(safeJsonText(JSON.stringify({ root: place?.root ?? null, destinations: listed }, undefined, 2)));
  } else if (place !== undefined) describeSpool(place, destinations, (line) => print(safeText(line)));
  return EXIT.good;
}

function describeSpool(
  { root, destination, config }: SpoolPlace,
  destinations: readonly ListedDestination[],
  print: (line: string) => void,
): void {
  print(`spool ${root}${destinations.length === 0 ? ': empty' : ''}`);
  for (const each of destinations) {
    const whose = each.destination === destination ? `the configured sink, ${config.sink}` : 'another sink';
    print('');
    print(`${each.destination} (${whose})`);
    for (const owner of each.owners) print(`  ${describeOwner(owner)}`);
    for (const segment of each.owners.flatMap(({ segments }) => segments.filter(isInTrouble)))
      print(`  ${segment.path}: ${segment.trouble === '' ? 'damaged' : segment.trouble}`);
    if (each.deadLetters.length > 0) describeLetters(each.deadLetters, print);
    for (const { path, byteLength } of each.evidence)
      print(`  damaged file, kept: ${path}, ${bytesOf(byteLength)}`);
    if (each.owners.length + each.deadLetters.length + each.evidence.length === 0) print('  nothing waits');
  }
}

function describeLetters(letters: readonly ListedDeadLetter[], print: (line: string) => void): void {
  print(
    `  ${countOf(letters.length, 'dead letter')} with ${rowsOf(letters)}, sent again by \`audit-register spool redrive\`:`,
  );
  for (const { path, rows, reason, since } of letters.slice(0, NAMED_LETTERS))
    print(`    ${path}, ${countOf(rows, 'record')}${since === '' ? '' : `, since ${since}`}: ${reason}`);
  if (letters.length > NAMED_LETTERS)
    print(`    and ${letters.length - NAMED_LETTERS} more (--json has them all)`);
}

/** One line for an owner. */
export function describeOwner({ isAlive, path, segments }: ListedOwner): string {
  const state = isAlive ? 'alive' : 'dead ';
  if (segments.length === 0) return `${state} ${path}: nothing waits`;
  const bytes = segments.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const oldest = oldestOf(segments);
  return `${state} ${processesOf(segments)}: ${countOf(segments.length, 'segment')} with ${rowsOf(segments)}, ${bytesOf(bytes)}${oldest === '' ? '' : `, oldest of ${oldest}`}`;
}

/** NOTE: an owner may have taken over segments of others. */
function processesOf(segments: readonly ListedSegment[]): string {
  const names = segments.map(({ process }) =>
    process === undefined ? 'unknown' : `${process.service}, process ${process.pid} on ${process.host}`,
  );
  return [...new Set(names)].join('; ');
}

function oldestOf(segments: readonly ListedSegment[]): string {
  const times = segments
    .filter(({ openedAt }) => /^\d+$/.test(openedAt))
    .map(({ openedAt }) => Number(openedAt));
  const oldest = Math.min(...times) / 1_000;
  return Math.abs(oldest) <= 8.64e15 ? new Date(oldest).toISOString() : '';
}

function isInTrouble({ isDamaged, trouble }: ListedSegment): boolean {
  return isDamaged || trouble !== '';
}

function rowsOf(parts: readonly { readonly rows: number }[]): string {
  return countOf(
    parts.reduce((sum, { rows }) => sum + rows, 0),
    'record',
  );
}

function bytesOf(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

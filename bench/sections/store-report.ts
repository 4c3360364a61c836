import { formatNumber, formatTable } from '../report/format.ts';
import type { Timing } from '../store/timing.ts';
import type { StoreAtSize, StoreResults } from './store.ts';

/** What people wait for without noticing. */
const TARGET_MILLIS = 100;
const TARGET_BYTES = 70;

const HISTORY = `The history is made inside the engine (\`bench/store/history.sql\`): what the demo shop leaves behind under its mix, as the preload
writes it. Of twenty records eleven are requests, six or seven writes with their new values and parameters, two ends of transactions, one in
twenty a login, a failed one, a recorded read, an event or a job. 20,000 users of 50 tenants, some hundred visits at a time, with ids, addresses,
ports, user agents, sessions and traces of their own; two processes, a segment of 20 records each, a million records a day of ten hours. Nothing
repeats but what repeats in life. Bodies of requests are not in it.`;

const WARM = `Asked by user \`audit_reader\`, warm, the median of three; periods are the last day, which is a million records. *CPU* is of all threads of the
server. *Read* is what the server says it read. Where it says *ever*, no period is given.`;

/** Markdown, from a heading of the second level on. */
export function storeReport({ sizes }: StoreResults): string {
  return [
    '## The store',
    '',
    HISTORY,
    '',
    '### On disk',
    '',
    'After all merges, bytes a row.',
    '',
    diskTable(sizes),
    '',
    'The largest columns of the last history:',
    '',
    formatTable(
      ['column', 'bytes a row'],
      (sizes.at(-1)?.disk.columns ?? []).map(([name, bytes]) => [`\`${name}\``, formatNumber(bytes, 2)]),
    ),
    '',
    '### The twenty questions',
    '',
    WARM,
    '',
    timingTable(sizes, ({ questions }) => questions),
    '',
    '### What explorer and search ask',
    '',
    'By the code of both; most take several queries. The time is that of all of them.',
    '',
    timingTable(sizes, ({ lookUps }) => lookUps),
    '',
    ...sizes.slice(Math.min(1, sizes.length - 1)).map(verdict),
  ].join('\n');
}

function diskTable(sizes: readonly StoreAtSize[]): string {
  const groups = [...new Set(sizes.flatMap(({ disk }) => Object.keys(disk.groups)))];
  const line = (name: string, of: (size: StoreAtSize) => number): string[] => [
    name,
    ...sizes.map((size) => formatNumber(of(size), 2)),
  ];
  return formatTable(
    ['what', ...sizes.map(({ rows }) => `${formatNumber(rows, 0)} records`)],
    [
      ...groups.map((group) => line(`columns *${group}*`, ({ disk }) => disk.groups[group] ?? 0)),
      line('indexes', ({ disk }) => disk.parts.indexes),
      line('marks', ({ disk }) => disk.parts.marks),
      line('projections', ({ disk }) => disk.parts.projections),
      line('**a row of `audit.records`**', ({ disk }) => disk.bytesPerRow),
      line('a certificate in `audit.segments`', ({ disk }) => disk.certificates.bytesPerEntry),
    ],
  );
}

function timingTable(sizes: readonly StoreAtSize[], of: (size: StoreAtSize) => readonly Timing[]): string {
  const last = sizes.at(-1);
  if (last === undefined) return '';
  const at = (size: StoreAtSize, name: string): Timing | undefined =>
    of(size).find((timing) => timing.name === name);
  return formatTable(
    [
      'question',
      ...sizes.map(({ rows }) => `ms at ${formatNumber(rows, 0)}`),
      'grows by',
      'CPU ms',
      'rows read',
      'MB read',
      'found',
    ],
    of(last).map((timing) => [
      timing.name.replaceAll('|', '\\|'),
      ...sizes.map((size) => millisOf(at(size, timing.name))),
      growth(at(sizes[0] as StoreAtSize, timing.name), timing),
      formatNumber(timing.cpuMillis, 0),
      timing.rowsRead === 0 ? '' : formatNumber(timing.rowsRead, 0),
      timing.bytesRead === 0 ? '' : formatNumber(timing.bytesRead / 1e6, 1),
      formatNumber(timing.rows, 0),
    ]),
  );
}

function millisOf(timing: Timing | undefined): string {
  if (timing === undefined) return '';
  if (timing.error !== undefined) return 'failed';
  const text = formatNumber(timing.medianMillis, 0);
  return timing.medianMillis > TARGET_MILLIS ? `**${text}**` : text;
}

function growth(small: Timing | undefined, large: Timing): string {
  if (small === undefined || small === large || small.medianMillis === 0) return '';
  return `× ${formatNumber(large.medianMillis / small.medianMillis, 1)}`;
}

function verdict(size: StoreAtSize): string {
  const all = [...size.questions, ...size.lookUps];
  const slow = all.filter(({ medianMillis, error }) => error !== undefined || medianMillis > TARGET_MILLIS);
  const bytes = size.disk.bytesPerRow;
  return `Of ${all.length} questions ${all.length - slow.length} took at most ${TARGET_MILLIS} ms with ${formatNumber(size.rows, 0)} records; the others are bold. A row took ${formatNumber(bytes, 1)} bytes, ${bytes <= TARGET_BYTES ? 'within' : 'more than'} the ${TARGET_BYTES} that were aimed at.`;
}

/** What went wrong, a sentence each. */
export function storeProblems({ sizes }: StoreResults): string[] {
  return sizes.flatMap(({ rows, disk, questions, lookUps }) => [
    ...(disk.rows === rows ? [] : [`${disk.rows} records are there of ${rows}`]),
    ...[...questions, ...lookUps].flatMap(({ name, error }) =>
      error === undefined ? [] : [`${name}, with ${rows} records: ${error}`],
    ),
  ]);
}

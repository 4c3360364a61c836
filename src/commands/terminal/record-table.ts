import type { FoundRecord } from '../../search/search.js';
import type { Sentence } from '../../search/sentence.js';
import { describeLook, lookOfAssurance, lookOfEnding } from './looks.js';
import type { Look } from './looks.js';
import { safeCell } from './safe-text.js';
import type { Terminal } from './terminal.js';
import type { Clock } from './times.js';
import { fit, truncate, widthOf } from './width.js';
import { actorWithin } from './actor-within.js';

const GAP = '  ';
/** From these widths on there is room for more. */
const WIDTH_WITH = { way: 110, address: 124, identity: 140 } as const;
const NARROW = 72;
const LEAST_TARGET = 8;
/** What is left of a wide line goes to these in turn. */
const MOST_TARGET = 56;

interface Cell {
  readonly text: string;
  readonly look?: Look;
  readonly isDim?: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly cell: (sentence: Sentence, time: string, width: number) => Cell;
}

export interface RecordTable {
  /** Names of the columns. */
  readonly title: () => string;
  /** The line of a record; before it the day, when it is another one. */
  readonly lines: (record: FoundRecord, sentence: Sentence) => readonly string[];
}

export interface RecordTableOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Leaves out who it was, where everything is by one person. */
  readonly isOfOneActor?: boolean;
}

/** One line a record: when, who, did what, to what, with which outcome; where there is room how and from where. */
export function createRecordTable({ terminal, clock, isOfOneActor }: RecordTableOptions): RecordTable {
  const { paint } = terminal;
  let day = '';
  const columns = (): readonly Column[] => chooseColumns(terminal.width, isOfOneActor === true);
  return {
    title: () =>
      paint(
        'gray',
        columns()
          .map(({ title, width }) => fit(title, width))
          .join(GAP)
          .trimEnd(),
      ),
    lines: (record, sentence) => {
      const before = day;
      day = clock.day(record.occurred_at);
      const time = clock.timeOfDay(record.occurred_at);
      const line = formatLine(columns(), sentence, time, terminal);
      return day === before ? [line] : [paint('gray', `── ${day} ──`), line];
    },
  };
}

function formatLine(
  columns: readonly Column[],
  sentence: Sentence,
  time: string,
  { paint }: Terminal,
): string {
  const last = columns.length - 1;
  const cells = lendRoom(columns, sentence).map(({ width, cell }, index) => {
    const { text, look, isDim } = cell(sentence, time, width);
    const shown = index === last ? truncate(safeCell(text), width) : fit(safeCell(text), width);
    return paint(isDim === true ? 'gray' : look?.colour, shown);
  });
  return cells.join(GAP).trimEnd();
}

/**
 * In this one line the target gives room to what is longer: to the verb before it is cut itself, to who really acted where it
 * needs none. No other column moves.
 */
function lendRoom(columns: readonly Column[], sentence: Sentence): readonly Column[] {
  const widths = new Map(columns.map(({ title, width }) => [title, width]));
  const lend = (title: string, text: string, kept: number): void => {
    const [own, target] = [widths.get(title), widths.get('to what') ?? 0];
    if (own === undefined) return;
    const lent = Math.max(0, Math.min(widthOf(text) - own, target - kept));
    widths.set(title, own + lent).set('to what', target - lent);
  };
  const wanted = widthOf(safeCell(sentence.what));
  lend('did', safeCell(sentence.did), Math.min(wanted, LEAST_TARGET));
  if (sentence.impersonator !== '') lend('who', `  ${safeCell(sentence.who)}`, wanted);
  return columns.map((column) => ({ ...column, width: widths.get(column.title) ?? column.width }));
}

function chooseColumns(width: number, isOfOneActor: boolean): readonly Column[] {
  const isNarrow = width < NARROW;
  const columns: Column[] = [
    { title: 'time', width: 8, cell: (_sentence, time) => ({ text: time, isDim: true }) },
    ...(isOfOneActor ? [] : [whoColumn(isNarrow ? 8 : 12, width >= WIDTH_WITH.identity)]),
    { title: 'did', width: isNarrow ? 10 : 15, cell: ({ did }) => ({ text: did }) },
    { title: 'to what', width: 0, cell: ({ what }) => ({ text: what }) },
    { title: 'outcome', width: 13, cell: ({ ending }) => described(lookOfEnding(ending)) },
  ];
  if (width >= WIDTH_WITH.way)
    columns.push({ title: 'through', width: 26, cell: ({ way }) => ({ text: way }) });
  if (width >= WIDTH_WITH.address)
    columns.push({ title: 'from', width: 15, cell: ({ address }) => ({ text: address }) });
  if (width >= WIDTH_WITH.identity)
    columns.push({
      title: 'identity',
      width: 10,
      cell: ({ assurance }) => described(lookOfAssurance(assurance)),
    });
  return shareSpare(columns, width);
}

/** Where there is no room for the word of the assurance, its sign stands before the name. */
function whoColumn(width: number, hasIdentity: boolean): Column {
  return {
    title: 'who',
    width,
    cell: (sentence, _time, room) => {
      const look = lookOfAssurance(sentence.assurance);
      const sign = hasIdentity ? '' : `${look.sign} `;
      return { text: sign + actorWithin(sentence, room - widthOf(sign)), look };
    },
  };
}

function described(look: Look): Cell {
  return { text: describeLook(look), look };
}

function shareSpare(columns: readonly Column[], width: number): readonly Column[] {
  const used = columns.reduce((sum, column) => sum + column.width, GAP.length * (columns.length - 1));
  const target = Math.max(LEAST_TARGET, Math.min(width - used, MOST_TARGET));
  const rest = Math.max(0, width - used - target);
  return columns.map((column) => {
    if (column.title === 'to what') return { ...column, width: target };
    return column.title === 'through' ? { ...column, width: column.width + rest } : column;
  });
}

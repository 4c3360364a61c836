import type { Outcome, Sentence } from './sentence.ts';

export interface TableOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colours: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Shown from this width of the terminal on. */
  readonly from: number;
  /** Not shown from this width on, because a richer column takes its place. */
  readonly until?: number;
  readonly text: (sentence: Sentence) => string;
  readonly colour?: (sentence: Sentence) => string | undefined;
}

const BADGES: Readonly<Record<string, string>> = {
  verified: '✓',
  trusted: '✓',
  claimed: '?',
  expired: '✗',
  invalid: '✗',
  system: '·',
  none: '–',
};

const RED = '31';
const AMBER = '33';
const VIOLET = '35';
const GREY = '90';

const OUTCOME_COLOURS: Readonly<Partial<Record<Outcome, string>>> = {
  failed: RED,
  denied: AMBER,
  'rolled back': VIOLET,
  unknown: GREY,
};

const byOutcome = ({ outcome }: Sentence): string | undefined => OUTCOME_COLOURS[outcome];
const byAssurance = ({ assurance }: Sentence): string | undefined =>
  ({ invalid: RED, expired: AMBER, none: GREY, system: GREY })[assurance];

const GAP = '  ';
const TARGET = 'to what';
const MOST_SPARE = 12;
const WIDE = 104;
const WIDEST = 132;

/** Widths are such that the narrow form fits 80 columns. */
const COLUMNS: readonly Column[] = [
  { title: 'time', width: 8, from: 0, text: ({ time }) => time, colour: () => GREY },
  {
    title: 'who',
    width: 10,
    from: 0,
    text: ({ who, assurance }) => `${BADGES[assurance] ?? '?'} ${who}`,
    colour: byAssurance,
  },
  { title: 'did', width: 15, from: 0, text: ({ verb }) => verb },
  { title: TARGET, width: 18, from: 0, text: ({ target }) => target },
  { title: 'outcome', width: 11, from: 0, text: ({ outcome }) => outcome, colour: byOutcome },
  {
    title: 'http',
    width: 5,
    from: 0,
    until: WIDE,
    text: ({ status }) => (status === 0 ? '' : `→ ${status}`),
  },
  {
    title: 'request',
    width: 27,
    from: WIDE,
    text: ({ request, status }) => (status === 0 ? request : `${request} → ${status}`),
  },
  { title: 'from', width: 13, from: WIDEST, text: ({ address }) => address },
  {
    title: 'identity',
    width: 10,
    from: WIDEST,
    text: ({ assurance }) => `${BADGES[assurance] ?? '?'} ${assurance}`,
    colour: byAssurance,
  },
];

/** The table's lines. None is longer than the terminal is wide, from 80 columns on. */
export function formatTable(
  sentences: readonly Sentence[],
  { width, colours }: TableOptions,
): readonly string[] {
  const columns = widenTarget(
    COLUMNS.filter(({ from, until = Infinity }) => width >= from && width < until),
    width,
  );
  const titles = columns.map((column) => fit(column.title, column.width)).join(GAP);
  return [
    paint(titles.trimEnd(), GREY, colours),
    ...sentences.map((sentence) => formatLine(sentence, columns, colours)),
  ];
}

/** What is left of the line goes to the column whose texts are the longest. */
function widenTarget(columns: readonly Column[], width: number): readonly Column[] {
  const used = columns.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length);
  const spare = Math.max(0, Math.min(width - used, MOST_SPARE));
  return columns.map((column) =>
    column.title === TARGET ? { ...column, width: column.width + spare } : column,
  );
}

function formatLine(sentence: Sentence, columns: readonly Column[], colours: boolean): string {
  const cells = columns.map((column, index) => {
    const text = fit(column.text(sentence), column.width);
    const isLast = index === columns.length - 1;
    return paint(isLast ? text.trimEnd() : text, column.colour?.(sentence), colours);
  });
  return cells.join(GAP).trimEnd();
}

/** What the marks before the names mean. */
export const LEGEND =
  '✓ verified   ? the name that was typed   ✗ token refused, the name is only its claim   – nobody named   · the service';

function fit(text: string, width: number): string {
  const plain = text.replace(/\p{Cc}/gu, '�');
  return plain.length > width ? `${plain.slice(0, width - 1)}…` : plain.padEnd(width);
}

function paint(text: string, colour: string | undefined, colours: boolean): string {
  return colours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[39m` : text;
}

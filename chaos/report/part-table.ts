import { formatNumber, formatTable } from '../../bench/report/format.ts';
import type { NamedPartResult, ScenarioResult } from './results.ts';

const HEADER = [
  '',
  'mode',
  'ended',
  'acknowledged',
  'refused',
  'lost, with statements',
  'duplicated',
  'peak memory, MB',
  'claims held',
];

/** A row a part, and what else was measured below it. */
export function partTable({ parts }: ScenarioResult): string {
  const notes = parts.flatMap(figureNotes);
  return [formatTable(HEADER, parts.map(rowOf)), ...(notes.length === 0 ? [] : [notes.join('\n')])].join(
    '\n\n',
  );
}

function rowOf({ part, mode, outcome, claims }: NamedPartResult): string[] {
  const held = claims.filter(({ holds }) => holds).length;
  const count = (value: number | undefined): string => (value === undefined ? '–' : formatNumber(value, 0));
  const accounts = outcome?.accounts;
  return [
    part,
    `\`${mode}\``,
    count(outcome?.endings),
    count(accounts?.acknowledged),
    count(accounts?.refused),
    count(accounts && accounts.lost.length + accounts.lostStatements.length),
    count(
      accounts &&
        accounts.duplicated.length + accounts.duplicatedStatements.length + accounts.countedTwice.length,
    ),
    outcome === undefined || outcome.peakBytes === 0 ? '–' : formatNumber(outcome.peakBytes / 1e6, 0),
    `${held} of ${claims.length}`,
  ];
}

/** `peakInOutageBytes` is `peak in outage 301 MB`. */
function figureNotes({ part, mode, figures }: NamedPartResult): string[] {
  if (figures === undefined) return [];
  const texts = Object.entries(figures).map(([name, value]) => {
    const isBytes = name.endsWith('Bytes');
    const words = name
      .replace(/Bytes$/, '')
      .replaceAll(/([A-Z0-9]+)/g, ' $1')
      .toLowerCase();
    return isBytes
      ? `${words} ${formatNumber(value / 1e6, 0)} MB`
      : `${words} ${formatNumber(value, value % 1 === 0 ? 0 : 2)}`;
  });
  return [`- \`${mode}\`, ${part}: ${texts.join(', ')}.`];
}

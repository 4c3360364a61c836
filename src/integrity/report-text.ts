import { NOTE_KINDS } from './finding.js';
import type { Finding, Note } from './finding.js';
import type { Report } from './report.js';

/** A person reads so many; the report has them all. */
const MOST_SHOWN = 20;

/** A report for people: what was found first, what was looked at, and the verdict in the last line. */
export function describeReport(report: Report): string[] {
  const { findings, notes } = report;
  return [...listed(findings, 'finding'), ...listed(notes, 'note'), ...totals(report), verdictLine(report)];
}

function listed(remarks: readonly (Finding | Note)[], what: string): string[] {
  const shown = remarks.slice(0, MOST_SHOWN).map((remark) => `${what}: ${describeRemark(remark)}`);
  const left = remarks.length - shown.length;
  return left > 0 ? [...shown, `${left} more ${what}s: see --json`] : shown;
}

function describeRemark({ kind, text, ...place }: Finding | Note): string {
  const { chain, number, lastNumber, segment, firstSequence, lastSequence, from, to, service, host, pid } =
    place;
  const parts = [
    ...(service === undefined ? [] : [`${service} on ${host}, process ${pid}`]),
    ...(chain === undefined ? [] : [`chain ${chain}`]),
    ...(number === undefined ? [] : [`segment ${range(number, lastNumber)}`]),
    ...(segment === undefined ? [] : [`id ${segment}`]),
    ...(firstSequence === undefined ? [] : [`records ${range(firstSequence, lastSequence)}`]),
    ...(from === undefined ? [] : [from === to ? from : `${from} to ${to}`]),
  ];
  // NOTE: names come from the store, where anybody may have written them: nothing of them may steer a terminal.
  const line = `${kind}: ${text}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
  return line.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}

function range(first: number, last: number | undefined): string {
  return last === undefined || last === first ? `${first}` : `${first} to ${last}`;
}

function totals({ totals, keys, retentionDays, source }: Report): string[] {
  const { chains, segments, records, checked, signed, expired, purged, duplicates, ofNoChain } = totals;
  return [
    `looked at ${source}: ${chains} chains, ${segments} segments with ${records} records, ${checked} of them compared`,
    keys.length === 0
      ? 'signatures: not verified, no public key was given'
      : `signatures: ${signed} of ${segments} segments signed by ${keys.join(', ')}`,
    ...(expired > 0 ? [`expired: ${expired} segments older than ${retentionDays} days`] : []),
    ...(purged > 0 ? [`purged: ${purged} segments, by purges that verify`] : []),
    ...(duplicates > 0 ? [`duplicates: ${duplicates} rows that are there once more than needed`] : []),
    ...(ofNoChain > 0
      ? [
          `of no chain: ${ofNoChain} records of services without the preload; nobody vouches for them, and whoever may insert can have made them`,
        ]
      : []),
  ];
}

function verdictLine({ verdict, counts, totals, period, keys }: Report): string {
  const when = periodText(period);
  if (verdict === 'nothing') return `NOTHING: there is no segment ${when}; that proves nothing`;
  if (verdict === 'good')
    return `GOOD: nothing was altered, removed or added ${when}${keys.length === 0 ? ', as far as can be told without a public key' : ''}${totals.ofNoChain > 0 ? `, but of ${totals.ofNoChain} records of no chain nobody can tell` : ''}`;
  const kinds = Object.entries(counts).filter(([kind]) => !NOTES.has(kind));
  return `FINDINGS ${when}: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`;
}

const NOTES: ReadonlySet<string> = new Set<string>(NOTE_KINDS);

function periodText({ from, to, service }: Report['period']): string {
  const parts = [
    ...(from === '' ? [] : [`from ${from}`]),
    ...(to === '' ? [] : [`to ${to}`]),
    ...(service === '' ? [] : [`of service ${service}`]),
  ];
  return parts.length === 0 ? 'in the register' : parts.join(' ');
}

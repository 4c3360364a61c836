/** Which time is looked at: the last so and so much, or between two instants (empty: open). */
export type Period =
  | { readonly kind: 'last'; readonly span: string }
  | { readonly kind: 'between'; readonly from: string; readonly to: string };

export interface Instants {
  readonly from: string;
  readonly to: string;
}

export const SPANS = [
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
  ['all', 'Everything'],
] as const;

export const LAST_DAY: Period = { kind: 'last', span: '24h' };
export const EVERYTHING: Period = { kind: 'last', span: 'all' };

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Undefined for what is no span: `90m`, `2h`, `7d`, `all`. */
export function spanMillis(span: string): number | undefined {
  if (span === 'all') return Infinity;
  const [, count, unit = ''] = /^(\d{1,5})([smhdw])$/.exec(span) ?? [];
  const millis = Number(count) * (UNIT_MILLIS[unit] ?? Number.NaN);
  return millis > 0 ? millis : undefined;
}

export function resolvePeriod(period: Period, nowMillis: number): Instants {
  if (period.kind === 'between') return { from: period.from, to: period.to };
  const millis = spanMillis(period.span) ?? Infinity;
  return { from: millis === Infinity ? '' : new Date(nowMillis - millis).toISOString(), to: '' };
}

/** @param usual What an address means that names none. */
export function readPeriod(query: URLSearchParams, usual: Period): Period {
  const [from, to] = [instant(query.get('from')), instant(query.get('to'))];
  if (from !== '' || to !== '') return { kind: 'between', from, to };
  const span = query.get('last') ?? '';
  return spanMillis(span) === undefined ? usual : { kind: 'last', span };
}

/** Only what the address has to say: the usual period says nothing. */
export function writePeriod(period: Period, query: URLSearchParams, usual: Period): void {
  if (isSamePeriod(period, usual)) return;
  if (isEverything(period)) query.set('last', 'all');
  else if (period.kind === 'last') query.set('last', period.span);
  else {
    if (period.from !== '') query.set('from', period.from);
    if (period.to !== '') query.set('to', period.to);
  }
}

export function isSamePeriod(one: Period, other: Period): boolean {
  return one.kind === 'last' && other.kind === 'last' && one.span === other.span;
}

export function isEverything(period: Period): boolean {
  return period.kind === 'last' ? period.span === 'all' : period.from === '' && period.to === '';
}

export function isOpen(period: Period): boolean {
  return period.kind === 'last' || period.to === '';
}

/** The same length of time, before (-1) or after (1). */
export function shiftPeriod(
  { from, to }: Instants,
  direction: -1 | 1,
  nowMillis: number,
): Period | undefined {
  if (from === '') return undefined;
  const begin = Date.parse(from);
  const end = to === '' ? nowMillis : Date.parse(to);
  const by = (end - begin) * direction;
  return {
    kind: 'between',
    from: new Date(begin + by).toISOString(),
    to: new Date(end + by).toISOString(),
  };
}

function instant(text: string | null): string {
  return text !== null && !Number.isNaN(Date.parse(text)) ? text : '';
}

import { EVERYTHING, LAST_DAY, isSamePeriod, readPeriod, writePeriod } from './period.js';
import type { Period } from './period.js';

/** Everything that a link restores. The address is the only place where it is kept. */
export interface View {
  readonly place: Place;
  readonly search: string;
  readonly period: Period;
  /** The record whose detail is open. */
  readonly recordId: string;
  readonly isUtc: boolean;
}

export type Place =
  | { readonly page: 'records' }
  | { readonly page: 'object'; readonly table: string; readonly id: string }
  | { readonly page: 'actor'; readonly id: string };

export const EMPTY_VIEW: View = {
  place: { page: 'records' },
  search: '',
  period: LAST_DAY,
  recordId: '',
  isUtc: false,
};

export function readView(address: URL): View {
  const query = address.searchParams;
  const place = readPlace(address);
  return {
    place,
    search: query.get('search') ?? '',
    period: readPeriod(query, usualPeriod(place)),
    recordId: query.get('record') ?? '',
    isUtc: query.get('zone') === 'utc',
  };
}

export function hrefOf(view: View): string {
  const query = new URLSearchParams();
  const path = writePlace(view.place, query);
  if (view.search !== '') query.set('search', view.search);
  writePeriod(view.period, query, usualPeriod(view.place));
  if (view.recordId !== '') query.set('record', view.recordId);
  if (view.isUtc) query.set('zone', 'utc');
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** To the page of a row or an actor. It is of all time, unless another period was chosen. */
export function visit(view: View, place: Place): View {
  const isChosen = !isSamePeriod(view.period, usualPeriod(view.place));
  const period = isChosen ? view.period : usualPeriod(place);
  return { ...view, place, search: '', recordId: '', period };
}

/** The list is about now; who asks about a row or a person asks since ever. */
function usualPeriod({ page }: Place): Period {
  return page === 'records' ? LAST_DAY : EVERYTHING;
}

function readPlace({ pathname, searchParams: query }: URL): Place {
  const [, page, ...parts] = pathname.split('/').map(decode);
  if (page === 'actor') return { page, id: parts[0] ?? query.get('id') ?? '' };
  if (page === 'object') {
    return { page, table: parts[0] ?? query.get('table') ?? '', id: parts[1] ?? query.get('id') ?? '' };
  }
  return { page: 'records' };
}

function writePlace(place: Place, query: URLSearchParams): string {
  if (place.page === 'records') return '/';
  const parts = place.page === 'actor' ? { id: place.id } : { table: place.table, id: place.id };
  if (Object.values(parts).every(fitsPath)) {
    return `/${place.page}/${Object.values(parts).map(encodeURIComponent).join('/')}`;
  }
  for (const [name, value] of Object.entries(parts)) query.set(name, value);
  return `/${place.page}`;
}

/**
 * A browser resolves `.` and `..` in a path, however they are encoded; an empty part would be lost; and proxies take an encoded
 * slash for a slash.
 */
function fitsPath(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !/[/\\]/.test(part);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What the variables of a dashboard narrow down, by the column they filter. */
export const FILTERS = { environment: 'environment', service: 'service_name', actor: 'actor_id' } as const;

export type Filter = keyof typeof FILTERS;

/** Stands for the empty value, which Grafana takes for "all". No encoded value is a lone percent sign. */
const EMPTY = '%';

/**
 * A value as a variable and the address bar hold it.
 *
 * NOTE: an actor may have named himself, and Grafana quotes without escaping backslashes. An encoded value has
 * nothing in it that could end the string it stands in.
 */
export function keyOf(column: string): string {
  return `if(${column} = '', '${EMPTY}', encodeURLComponent(${column}))`;
}

/** Condition of a query: within the time range and what was chosen. */
export function chosen(...filters: readonly Filter[]): string {
  return ['$__timeFilter(occurred_at)', ...filters.map(oneOf)].join('\n  AND ');
}

/** The same without the time range. */
export function chosenAtAnyTime(...filters: readonly Filter[]): string {
  return filters.map(oneOf).join('\n  AND ');
}

export const ALL_FILTERS = Object.keys(FILTERS) as Filter[];

/** Decodes the keys, not the column, so that the column's index serves. */
function oneOf(filter: Filter): string {
  const keys = `SELECT arrayJoin([\${${filter}:singlequote}]) AS key`;
  const values = `SELECT if(key = '${EMPTY}', '', decodeURLComponent(key)) FROM (${keys})`;
  return `$__conditionalAll(${FILTERS[filter]} IN (${values}), $${filter})`;
}

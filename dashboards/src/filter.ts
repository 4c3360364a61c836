/** What the variables of a dashboard narrow down, by the column they filter. */
export const FILTERS = {
  environment: 'environment',
  service: 'service_name',
  actor: 'actor_id',
  target: 'target_type',
} as const;

/** A variable that lists values. */
export type ListFilter = keyof typeof FILTERS;
/** Any variable that narrows down, the box for a text included. */
export type Filter = ListFilter | 'search';

/** Columns that a text is looked for in, of records and of changes alike. */
const SEARCHED = [
  'db_statement',
  'url_path',
  'error_message',
  'target_type',
  'target_id',
  "arrayStringConcat(target_ids, '\\n')",
  'actor_id',
  'actor_name',
];

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

/** What somebody wrote into the box of a variable; encoded on its way, so it may hold anything. */
export function textOf(variable: string): string {
  return `decodeURLComponent('\${${variable}:percentencode}')`;
}

/** Condition of a query: within the time range and what was chosen. */
export function chosen(...filters: readonly Filter[]): string {
  return ['$__timeFilter(occurred_at)', ...filters.map(conditionOf)].join('\n  AND ');
}

/** The same without the time range. */
export function chosenAtAnyTime(...filters: readonly Filter[]): string {
  return filters.map(conditionOf).join('\n  AND ');
}

export const ALL_FILTERS: readonly Filter[] = [...(Object.keys(FILTERS) as ListFilter[]), 'search'];

/** Conditions of the filters that look at more than one column. A statement can write several tables. */
const WIDER: Partial<Record<ListFilter, readonly Test[]>> = {
  target: [
    (isChosen) => `target_type ${isChosen}`,
    (isChosen) => `arrayExists(name -> name ${isChosen}, target_tables)`,
  ],
};

/** A condition in SQL. @param isChosen Comes behind a column: `IN (…)`. */
type Test = (isChosen: string) => string;

/** A filter on other columns than its own: any of the tests is enough. */
export function chosenIn(filter: ListFilter, ...tests: readonly Test[]): string {
  const parts = tests.map((test) => test(`IN (${chosenValues(filter)})`));
  return `$__conditionalAll((${parts.join(' OR ')}), $${filter})`;
}

function conditionOf(filter: Filter): string {
  if (filter === 'search') return `$__conditionalAll(${hasAllWords()}, $search)`;
  return chosenIn(filter, ...(WIDER[filter] ?? [(isChosen: string) => `${FILTERS[filter]} ${isChosen}`]));
}

/** Decodes the keys, not the column, so that the column's index serves. */
function chosenValues(filter: ListFilter): string {
  const keys = `SELECT arrayJoin([\${${filter}:singlequote}]) AS key`;
  return `SELECT if(key = '${EMPTY}', '', decodeURLComponent(key)) FROM (${keys})`;
}

/** Every word, anywhere, in small or capital letters; no character has a meaning of its own. */
function hasAllWords(): string {
  const text = `concatWithSeparator('\\n', ${SEARCHED.join(', ')})`;
  return `arrayAll(word -> positionCaseInsensitiveUTF8(${text}, word) > 0, splitByWhitespace(${textOf('search')}))`;
}

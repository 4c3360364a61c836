import { isIP } from 'node:net';
import { COLUMNS } from '../record/columns.js';
import { SearchError } from './errors.js';
import type { Value } from './expression.js';
import { OPERATION_LIST } from './operation-list.js';
import type { BoundParameters } from './parameters.js';
import { durationMicros, numberOf, timeSpan } from './quantities.js';

/** One value compared with one expression, in SQL. */
export type Comparison = (expression: string, value: Value, parameters: BoundParameters) => string;

const TYPES: ReadonlyMap<string, string> = new Map([
  ...COLUMNS.map(({ name, type }) => [name, type] as const),
  [OPERATION_LIST, 'Array(String)'],
]);

export function isList(expression: string): boolean {
  return TYPES.get(expression)?.startsWith('Array') ?? false;
}

/** Text of which a part may be left open with `*`; `*` alone stands for any. */
export const compareText: Comparison = (expression, value, parameters) => {
  const compareItem = (item: string): string => {
    if (!hasWildcard(value)) return `${item} = ${parameters.add('String', value.text)}`;
    return `${item} LIKE ${parameters.add('String', likePattern(value.text))}`;
  };
  if (!isList(expression)) return isAnything(value) ? `${expression} != ''` : compareItem(expression);
  if (isAnything(value)) return `notEmpty(${expression})`;
  if (value.text === '') return `empty(${expression})`;
  if (!hasWildcard(value)) return `has(${expression}, ${parameters.add('String', value.text)})`;
  return `arrayExists(item -> ${compareItem('item')}, ${expression})`;
};

/** A free word: anywhere in the text, in any case. */
export const compareWord: Comparison = (expression, value, parameters) => {
  const inner = value.isQuoted ? escapeLike(value.text) : likePattern(value.text);
  const pattern = parameters.add('String', `%${inner}%`);
  return isList(expression)
    ? `arrayExists(item -> item ILIKE ${pattern}, ${expression})`
    : `${expression} ILIKE ${pattern}`;
};

/** With and without its schema, where none is given. */
export const compareTable: Comparison = (expression, value, parameters) => {
  const exact = compareText(expression, value, parameters);
  if (value.text.includes('.') || value.text === '' || hasWildcard(value)) return exact;
  const end = parameters.add('String', `.${value.text}`);
  const inSchema = isList(expression)
    ? `arrayExists(item -> endsWith(item, ${end}), ${expression})`
    : `endsWith(${expression}, ${end})`;
  return `(${exact} OR ${inSchema})`;
};

/** Entries of a map, whichever: by name, or by what it holds. */
export const compareMap: Comparison = (expression, value, parameters) => {
  if (isAnything(value)) return `notEmpty(${expression})`;
  if (value.text === '') return `empty(${expression})`;
  const pattern = parameters.add(
    'String',
    hasWildcard(value) ? likePattern(value.text) : escapeLike(value.text),
  );
  return `arrayExists((name, item) -> name LIKE ${pattern} OR item LIKE ${pattern}, mapKeys(${expression}), mapValues(${expression}))`;
};

export function compareMapEntry(key: string): Comparison {
  return (expression, value, parameters) => {
    const name = parameters.add('String', key);
    if (isAnything(value)) return `mapContains(${expression}, ${name})`;
    return `(mapContains(${expression}, ${name}) AND ${compareText(`${expression}[${name}]`, value, parameters)})`;
  };
}

export const compareNumber: Comparison = (expression, value, parameters) =>
  isAnything(value)
    ? `${expression} != 0`
    : compareQuantity(expression, value, (text, position) =>
        parameters.add('UInt64', numberOf(text, position)),
      );

export const compareDuration: Comparison = (expression, value, parameters) =>
  isAnything(value)
    ? `${expression} != 0`
    : compareQuantity(expression, value, (text, position) =>
        parameters.add('UInt64', durationMicros(text, position)),
      );

/** A time without an operator is all of the day, minute or second that it names. */
export const compareTime: Comparison = (expression, value, parameters) => {
  if (isAnything(value)) return '1';
  const { operator, text, position } = operatorOf(value);
  const { from, to } = timeSpan(text, position);
  const time = (nanos: bigint): string =>
    `fromUnixTimestamp64Nano(${parameters.add('Int64', String(nanos))}, 'UTC')`;
  if (operator === '=') return `(${expression} >= ${time(from)} AND ${expression} < ${time(to)})`;
  return `${expression} ${operator} ${time(operator === '>' || operator === '<=' ? to - 1n : from)}`;
};

export const compareBoolean: Comparison = (expression, value) => {
  if (/^(?:true|yes|1|\*)$/i.test(value.text)) return expression;
  if (/^(?:false|no|0)$/i.test(value.text)) return `NOT ${expression}`;
  throw new SearchError(`${value.text} is neither true nor false.`, value.position);
};

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const NO_UUID = "toUUID('00000000-0000-0000-0000-000000000000')";

export const compareId: Comparison = (expression, value, parameters) => {
  if (isAnything(value)) return `${expression} != ${NO_UUID}`;
  if (value.text === '') return `${expression} = ${NO_UUID}`;
  if (UUID.test(value.text)) return `${expression} = ${parameters.add('UUID', value.text.toLowerCase())}`;
  throw new SearchError(
    `${value.text} is no id: one looks like 0196f0a8-1c5b-7d3e-9f4a-2b6c8d0e1f2a.`,
    value.position,
  );
};

export const compareAddress: Comparison = (expression, value, parameters) => {
  if (isAnything(value)) return `${expression} != toIPv6('::')`;
  if (value.text === '') return `${expression} = toIPv6('::')`;
  const [address = '', bits, ...rest] = value.text.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  if (family === 0 || address.includes('%') || rest.length > 0 || !isBits(bits, most)) {
    throw new SearchError(
      `${value.text} is no address: 10.1.2.3, 10.0.0.0/8 and 2001:db8::/32 are.`,
      value.position,
    );
  }
  const first = `toIPv6(${parameters.add('String', address)})`;
  if (bits === undefined) return `${expression} = ${first}`;
  const prefix = parameters.add('UInt8', String(Number(bits) + 128 - most));
  const range = `IPv6CIDRToRange(${first}, ${prefix})`;
  return `(${expression} >= tupleElement(${range}, 1) AND ${expression} <= tupleElement(${range}, 2))`;
};

function isBits(bits: string | undefined, most: number): boolean {
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}

function compareQuantity(
  expression: string,
  value: Value,
  bound: (text: string, position: number) => string,
): string {
  const { operator, text, position } = operatorOf(value);
  return `${expression} ${operator} ${bound(text, position)}`;
}

function operatorOf({ text, position }: Value): { operator: string; text: string; position: number } {
  const [operator = ''] = /^(?:[<>]=?|=)?/.exec(text) ?? [];
  const rest = text.slice(operator.length);
  return { operator: operator === '' ? '=' : operator, text: rest, position: position + operator.length };
}

export function isAnything({ text, isQuoted }: Value): boolean {
  return text === '*' && !isQuoted;
}

function hasWildcard({ text, isQuoted }: Value): boolean {
  return !isQuoted && text.includes('*');
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

function likePattern(text: string): string {
  return escapeLike(text).replaceAll('*', '%');
}

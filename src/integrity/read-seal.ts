import type { MissingRows, Shortfall } from './certificate.js';
import type { ChainEnd, Seal } from './seal.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HASH = /^[0-9a-f]{64}$/;
const INTEGER = /^-?\d{1,19}$/;
const KINDS: ReadonlySet<unknown> = new Set(['records', 'heartbeat', 'closing', 'abandoned']);

type Fields = Readonly<Record<string, unknown>>;

/** The seal of a text, which may be anything that somebody has put into the table; undefined for what is none. */
export function readSeal(text: string): Seal | undefined {
  const value = parseObject(text);
  return value !== undefined && isSeal(value) ? (value as unknown as Seal) : undefined;
}

function isSeal(value: Fields): boolean {
  return (
    value['format'] === 1 &&
    isUuid(value['chain']) &&
    isUuid(value['segment']) &&
    KINDS.has(value['kind']) &&
    isCount(value['number']) &&
    value['number'] >= 1 &&
    isCount(value['first']) &&
    isCount(value['last']) &&
    isCount(value['rows']) &&
    value['rows'] <= value['last'] - value['first'] + 1 &&
    isHash(value['digest']) &&
    (value['previous'] === '' || isHash(value['previous'])) &&
    Array.isArray(value['predecessors']) &&
    value['predecessors'].every(isChainEnd) &&
    ['occurredFrom', 'occurredTo', 'openedAt', 'sealedAt'].every((name) => isInteger(value[name])) &&
    isCount(value['schema']) &&
    isProcess(value['process']) &&
    isCounts(value['counts'])
  );
}

function isProcess(value: unknown): boolean {
  return (
    isObject(value) &&
    ['service', 'version', 'instance', 'environment', 'host'].every(
      (name) => typeof value[name] === 'string',
    ) &&
    isCount(value['pid'])
  );
}

function isCounts(value: unknown): boolean {
  return (
    isObject(value) &&
    ['appended', 'delivered', 'dropped', 'dead'].every((name) => isCount(value[name])) &&
    (value['faults'] === undefined || isCount(value['faults']))
  );
}

function isChainEnd(value: unknown): value is ChainEnd {
  return isObject(value) && isUuid(value['chain']) && isCount(value['number']) && isHash(value['hash']);
}

/** The shortfall of a text; undefined for what is none. */
export function readShortfall(text: string): Shortfall | undefined {
  const value = parseObject(text);
  if (value === undefined || !isHash(value['digest']) || !Array.isArray(value['missing'])) return undefined;
  return value['missing'].every(isMissingRows) ? (value as unknown as Shortfall) : undefined;
}

function isMissingRows(value: unknown): value is MissingRows {
  return (
    isObject(value) &&
    isCount(value['first']) &&
    isCount(value['last']) &&
    value['last'] >= value['first'] &&
    typeof value['reason'] === 'string'
  );
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && HASH.test(value);
}

function isInteger(value: unknown): boolean {
  return typeof value === 'string' && INTEGER.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

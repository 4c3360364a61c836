import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { dataOf } from '../../pipeline/values/plain-data.js';

/** Parts of a command that say what it does; the others say how. */
const TOLD = [
  'update',
  'filter',
  'query',
  'remove',
  'upsert',
  'pipeline',
  'documents',
  'updates',
  'deletes',
] as const;
const ITEMS = 100;
const DEPTH = 6;
const NODES = 2_000;
const CHARACTERS = 1_024;

/** A command of MongoDB as JSON, bounded, read without code of the application: no getter, no `toJSON`, no proxy. */
export function commandJson(command: unknown): string {
  const budget = { nodes: NODES };
  const told: Record<string, unknown> = {};
  // NOTE: the first name is that of the command, and stands before its collection.
  const [first] = typeof command === 'object' && command !== null ? Object.keys(command) : [];
  for (const name of first === undefined ? TOLD : [first, ...TOLD]) {
    const value = sequenceOf(dataOf(command, name));
    // NOTE: `update` is the collection of one command, and what another does.
    if (value !== undefined) told[name] = plain(value, budget, 0);
  }
  const documents = sequenceOf(dataOf(command, 'documents'));
  if (Array.isArray(documents)) told['documentCount'] = documents.length;
  return JSON.stringify(told);
}

/** NOTE: many documents are kept apart from their command, in an object of their own. */
function sequenceOf(value: unknown): unknown {
  const documents = Array.isArray(value) ? undefined : dataOf(value, 'documents');
  return Array.isArray(documents) ? documents : value;
}

function plain(value: unknown, budget: { nodes: number }, depth: number): unknown {
  budget.nodes -= 1;
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.slice(0, CHARACTERS);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || types.isProxy(value) || budget.nodes <= 0 || depth > DEPTH) return '?';
  return scalar(value) ?? composite(value, budget, depth);
}

/** Values of one piece that are objects in JavaScript. */
function scalar(value: object): string | undefined {
  if (types.isDate(value))
    return Number.isNaN(value.valueOf()) ? '?' : new Date(value.valueOf()).toISOString();
  if (types.isUint8Array(value) || types.isMap(value)) return '?';
  const prototype = Object.getPrototypeOf(value) as BsonValue | null;
  // NOTE: of a class of the driver, whose own code turns it into bytes; a document of the application's is never asked.
  if (prototype === null || !Object.hasOwn(prototype, '_bsontype')) return undefined;
  return bsonText(value as BsonValue);
}

/** What of the driver's classes is looked at. */
interface BsonValue {
  readonly _bsontype?: string;
  toHexString(): string;
  toString(): string;
  readonly buffer?: unknown;
}

function bsonText(value: BsonValue): string {
  switch (value._bsontype) {
    case 'ObjectId':
    case 'ObjectID':
      return value.toHexString();
    case 'Long':
    case 'Int32':
    case 'Double':
    case 'Decimal128':
      return value.toString();
    case 'Binary':
      return uuidOf(value.buffer);
    default:
      return '?';
  }
}

/** NOTE: other bytes may be anything. */
function uuidOf(bytes: unknown): string {
  if (!types.isUint8Array(bytes) || bytes.length !== 16) return '?';
  const digits = Buffer.from(bytes).toString('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function composite(value: object, budget: { nodes: number }, depth: number): unknown {
  if (Array.isArray(value)) {
    return value.slice(0, ITEMS).map((_, index) => plain(dataOf(value, index), budget, depth + 1));
  }
  const names = Object.keys(value).slice(0, ITEMS);
  return Object.fromEntries(names.map((name) => [name, plain(dataOf(value, name), budget, depth + 1)]));
}

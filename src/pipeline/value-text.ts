import { Buffer } from 'node:buffer';
import { CAPTURED_CHARACTERS } from '../record/redact.js';

/** NOTE: more than a column holds: a value is redacted and hashed whole, and only then cut. */
const VALUE_CHARACTERS = CAPTURED_CHARACTERS;

/** A value of the application as text. Never throws: values may be anything, with getters that do. */
export function valueText(value: unknown): string {
  try {
    return describe(value).slice(0, VALUE_CHARACTERS);
  } catch {
    return '[unreadable]';
  }
}

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return describeObject(value);
    default:
      return '';
  }
}

function describeObject(value: object | null): string {
  if (value === null) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex', 0, VALUE_CHARACTERS / 2)}`;
  return JSON.stringify(value) ?? '';
}

import { types } from 'node:util';
import { textOf } from './claims.js';
import { ownData, valueIn } from './data-property.js';

const MAX_BYTES = 64;
const MAX_LIST = 64;

/**
 * The text of a value of the application without running its code: no `toString`, no `toJSON`. Of objects only binary
 * identifiers have one.
 */
export function plainText(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'bigint':
      return textOf(value);
    case 'number':
      return Number.isNaN(value) ? '' : textOf(value);
    case 'object':
      return value === null || types.isProxy(value) ? '' : binaryText(value);
    default:
      return '';
  }
}

/** Roles as a text, a list of texts, or a list of objects that have names. */
export function plainTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(/[\s,]+/).filter((text) => text !== '');
  if (types.isProxy(value) || !Array.isArray(value)) return [plainText(value)].filter((text) => text !== '');
  const texts: string[] = [];
  for (let index = 0; index < Math.min(value.length, MAX_LIST); index++) {
    const item = ownData(value, String(index));
    const text = plainText(item) || plainText(ownData(item, 'name')) || plainText(ownData(item, 'id'));
    if (text !== '') texts.push(text);
  }
  return texts.length > 1 ? [...new Set(texts)] : texts;
}

/** Bytes in hex: a Buffer, or an object that keeps its bytes in itself as MongoDB's ObjectId does. */
function binaryText(value: object): string {
  if (types.isUint8Array(value)) return hexOf(value);
  for (const key of Reflect.ownKeys(value)) {
    const bytes = valueIn(value, key);
    if (types.isUint8Array(bytes) && bytes.length === 12) return hexOf(bytes);
  }
  return '';
}

function hexOf(bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) return '';
  return Buffer.from(bytes).toString('hex');
}

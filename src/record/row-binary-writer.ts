import { Buffer } from 'node:buffer';
import { isIPv4, isIPv6 } from 'node:net';
import { fitted } from './fitted.js';

const INITIAL_BYTES = 64 * 1024;
/** Of a buffer that follows one with rows. */
const MOST_BYTES = 512 * 1024;

/** Longest string that is worth a loop of our own before the native encoders win. */
const SHORT_STRING = 40;

/**
 * Writes values in ClickHouse's RowBinary. Whole rows stay where they were written: what follows them when their buffer is
 * full goes to another, so that as much memory is taken as there are rows.
 * Source: ClickHouse documentation, formats RowBinary and RowBinaryWithNamesAndTypes.
 */
export class RowBinaryWriter {
  readonly #full: Buffer[] = [];
  #fullBytes = 0;
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = 0;
  /** Of whole rows in the buffer. */
  #wholeBytes = 0;

  get length(): number {
    return this.#fullBytes + this.#length;
  }

  /** Whole rows, in buffers that take no more. */
  get full(): readonly Buffer[] {
    return this.#full;
  }

  /** What came after those; the writer may go on, the bytes stay what they are. */
  rest(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** All bytes so far in one buffer; the writer may go on, the bytes stay what they are. */
  take(): Buffer {
    return this.#full.length === 0 ? this.rest() : Buffer.concat([...this.#full, this.rest()]);
  }

  /** What was written so far may stand apart from what follows. */
  endRow(): void {
    this.#wholeBytes = this.#length;
  }

  /** Forgets everything after the end of the last row: it could not be finished. */
  forgetRow(): void {
    this.#length = this.#wholeBytes;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const unfinished = this.#buffer.subarray(this.#wholeBytes, this.#length);
    const most = this.#wholeBytes > 0 ? MOST_BYTES : Infinity;
    const wanted = Math.min(this.#buffer.length * 2, most);
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, unfinished.length + bytes));
    unfinished.copy(grown);
    if (this.#wholeBytes > 0) this.#full.push(fitted(this.#buffer.subarray(0, this.#wholeBytes)));
    this.#fullBytes += this.#wholeBytes;
    this.#buffer = grown;
    this.#length = unfinished.length;
    this.#wholeBytes = 0;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16LE(value, this.#length);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  /** @param value An integer from 0 to `Number.MAX_SAFE_INTEGER`. */
  uint64(value: number): void {
    this.#reserve(8);
    this.#buffer.writeUInt32LE(value >>> 0, this.#length);
    this.#length = this.#buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.#length + 4);
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeBigInt64LE(value, this.#length);
  }

  /** LEB128. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  string(value: string): void {
    if (value.length < SHORT_STRING && this.#shortAscii(value)) return;
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.#length += this.#buffer.write(value, this.#length, bytes, 'utf8');
  }

  #shortAscii(value: string): boolean {
    this.#reserve(SHORT_STRING + 1);
    const start = this.#length + 1;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#buffer[start + index] = code;
    }
    this.#buffer[this.#length] = value.length;
    this.#length = start + value.length;
    return true;
  }

  strings(values: readonly string[]): void {
    this.varint(values.length);
    for (const value of values) this.string(value);
  }

  map(values: Readonly<Record<string, string>>): void {
    const keys = Object.keys(values);
    this.varint(keys.length);
    for (const key of keys) {
      this.string(key);
      this.string(values[key] as string);
    }
  }

  /** Two little-endian halves, each of eight bytes. */
  uuid(value: string): void {
    this.#reserve(16);
    const hex = value.replaceAll('-', '');
    if (!/^[0-9a-f]{32}$/i.test(hex)) throw new TypeError(`not a UUID: ${value}`);
    this.#buffer.write(hex, this.#length, 'hex');
    this.#buffer.subarray(this.#length, this.#length + 8).reverse();
    this.#buffer.subarray(this.#length + 8, this.#length + 16).reverse();
    this.#length += 16;
  }

  /** Sixteen bytes in network order; IPv4 mapped; all zero for what is no address. */
  address(value: string): void {
    this.#reserve(16);
    const target = this.#buffer.subarray(this.#length, this.#length + 16);
    this.#length += 16;
    target.fill(0);
    if (isIPv4(value)) writeMapped(value, target);
    else if (isIPv6(value)) writeIPv6(value, target);
  }
}

function writeMapped(value: string, target: Buffer): void {
  target[10] = 0xff;
  target[11] = 0xff;
  value.split('.').forEach((part, index) => (target[12 + index] = Number(part)));
}

function writeIPv6(value: string, target: Buffer): void {
  const plain = value.split('%')[0] as string;
  const [head = '', tail] = plain.split('::');
  const headBytes = groupBytes(head);
  const tailBytes = tail === undefined ? [] : groupBytes(tail);
  headBytes.forEach((byte, index) => (target[index] = byte));
  tailBytes.forEach((byte, index) => (target[16 - tailBytes.length + index] = byte));
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

import { Buffer } from 'node:buffer';
import { charCodeOf } from '../char-code.js';
import { writeAddress } from './address-bytes.js';
import { fitted } from './fitted.js';
import { NO_STRINGS, NO_VALUES } from './record.js';
import { takeRowBuffer } from './row-buffers.js';
import { writeUuid } from './uuid-bytes.js';
import type { RepeatedUuid } from './uuid-bytes.js';

/** Longest text that is worth a loop of our own before the native encoder wins: measured. */
const SHORT_CHARACTERS = 40;
/** Longest text whose length in bytes most probably takes one byte. */
const ONE_BYTE_LENGTH = 0x7f;
/** Of a character of a JavaScript text in UTF-8. */
const CHARACTER_BYTES = 3;

const LEAST_TIME = -(2n ** 63n);
const MOST_TIME = 2n ** 63n - 1n;

/**
 * Writes values in ClickHouse's RowBinary. Whole rows stay where they were written: what follows them when their buffer is
 * full goes to another, so that as much memory is taken as there are rows.
 * Source: ClickHouse documentation, formats RowBinary and RowBinaryWithNamesAndTypes.
 */
export class RowBinaryWriter {
  readonly #full: Buffer[] = [];
  #fullBytes = 0;
  #buffer: Buffer;
  #view: DataView;
  #length = 0;
  /** Of whole rows in the buffer. */
  #wholeBytes = 0;

  /** @param buffer To begin with. @default one for rows */
  constructor(buffer: Buffer = takeRowBuffer()) {
    this.#buffer = buffer;
    this.#view = viewOf(buffer);
  }

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
    // NOTE: a row that is larger than a buffer gets one of its own, which must not grow by little and little.
    const wanted = this.#wholeBytes > 0 ? unfinished.length : this.#buffer.length * 2;
    const grown = takeRowBuffer(Math.max(wanted, unfinished.length + bytes));
    unfinished.copy(grown);
    if (this.#wholeBytes > 0) this.#full.push(fitted(this.#buffer.subarray(0, this.#wholeBytes)));
    this.#fullBytes += this.#wholeBytes;
    this.#buffer = grown;
    this.#view = viewOf(grown);
    this.#length = unfinished.length;
    this.#wholeBytes = 0;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** @param value An integer from 0 to `Number.MAX_SAFE_INTEGER`. */
  uint64(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, value, true);
    this.#view.setUint32(this.#length + 4, Math.floor(value / 0x1_0000_0000), true);
    this.#length += 8;
  }

  /** @throws RangeError for what has more bits */
  int64(value: bigint): void {
    if (value < LEAST_TIME || value > MOST_TIME) throw new RangeError(`no integer of 64 bits: ${value}`);
    this.#reserve(8);
    this.#view.setBigInt64(this.#length, value, true);
    this.#length += 8;
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
    const { length } = value;
    if (length <= SHORT_CHARACTERS && this.#shortAscii(value, length)) return;
    if (length <= ONE_BYTE_LENGTH && this.#short(value)) return;
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.#length += this.#buffer.write(value, this.#length, bytes, 'utf8');
  }

  #shortAscii(value: string, length: number): boolean {
    this.#reserve(SHORT_CHARACTERS + 1);
    const buffer = this.#buffer;
    const start = this.#length + 1;
    for (let index = 0; index < length; index++) {
      const code = charCodeOf(value, index);
      if (code > 0x7f) return false;
      buffer[start + index] = code;
    }
    buffer[this.#length] = length;
    this.#length = start + length;
    return true;
  }

  /** NOTE: to count the bytes of a text before they are written costs as much as to write them. */
  #short(value: string): boolean {
    const most = value.length * CHARACTER_BYTES;
    this.#reserve(1 + most);
    const bytes = this.#buffer.write(value, this.#length + 1, most, 'utf8');
    if (bytes > ONE_BYTE_LENGTH) return false;
    this.#buffer[this.#length] = bytes;
    this.#length += 1 + bytes;
    return true;
  }

  strings(values: readonly string[]): void {
    this.varint(values.length);
    for (let at = 0; at < values.length; at++) this.string(values[at] as string);
  }

  map(values: Readonly<Record<string, string>>): void {
    const keys = values === NO_VALUES ? NO_STRINGS : Object.keys(values);
    this.varint(keys.length);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as string;
      this.string(key);
      this.string(values[key] as string);
    }
  }

  /** Of the row that is being written. */
  get rowLength(): number {
    return this.#length - this.#wholeBytes;
  }

  /** A copy of the row that is being written, from one of its bytes on. */
  rowFrom(start: number): Uint8Array {
    return Uint8Array.from(this.#buffer.subarray(this.#wholeBytes + start, this.#length));
  }

  /** Values that were written before. */
  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#buffer.set(values, this.#length);
    this.#length += values.length;
  }

  /** Two little-endian halves, each of eight bytes. */
  uuid(value: string): void {
    this.#reserve(16);
    writeUuid(value, this.#buffer, this.#length);
    this.#length += 16;
  }

  /** The same of one that was written before, and probably last. */
  uuidAgain(value: string, before: RepeatedUuid): void {
    this.#reserve(16);
    before.write(value, this.#view, this.#length);
    this.#length += 16;
  }

  /** Sixteen bytes in network order; IPv4 mapped; all zero for what is no address. */
  address(value: string): void {
    this.#reserve(16);
    writeAddress(value, this.#buffer, this.#length);
    this.#length += 16;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

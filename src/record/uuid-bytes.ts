import { Buffer } from 'node:buffer';
import { charCodeOf } from '../char-code.js';

const CHARACTERS = 36;
const HYPHEN = 0x2d;
const NO_DIGIT = 0xff;

/** Where the two digits of each byte stand in the text: little-endian halves, each of eight bytes. */
const PLACES = Uint8Array.of(16, 14, 11, 9, 6, 4, 2, 0, 34, 32, 30, 28, 26, 24, 21, 19);

/** Digits by their character codes. */
const DIGITS = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  DIGITS[text.charCodeAt(0)] = digit;
  DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Writes the sixteen bytes of a UUID as ClickHouse has them.
 *
 * @throws TypeError for what is none
 */
export function writeUuid(value: string, target: Uint8Array, at: number): void {
  if (value.length === CHARACTERS && hasHyphens(value) && writeDigits(value, target, at)) return;
  const hex = value.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new TypeError(`not a UUID: ${value}`);
  const bytes = Buffer.from(hex, 'hex');
  for (let index = 0; index < 8; index++) {
    target[at + index] = bytes[7 - index] as number;
    target[at + 8 + index] = bytes[15 - index] as number;
  }
}

/** The bytes of a UUID that stands in many rows, until there is another. */
export class RepeatedUuid {
  #text = '';
  readonly #bytes = new Uint8Array(16);
  readonly #view = new DataView(this.#bytes.buffer);
  /** The same bytes: as four numbers they are written sooner. */
  readonly #words = new Uint32Array(4);

  /** @throws TypeError for what is none */
  write(value: string, target: DataView, at: number): void {
    if (value !== this.#text) this.#read(value);
    const words = this.#words;
    target.setUint32(at, words[0] as number);
    target.setUint32(at + 4, words[1] as number);
    target.setUint32(at + 8, words[2] as number);
    target.setUint32(at + 12, words[3] as number);
  }

  #read(value: string): void {
    this.#text = '';
    writeUuid(value, this.#bytes, 0);
    for (let word = 0; word < 4; word++) this.#words[word] = this.#view.getUint32(word * 4);
    this.#text = value;
  }
}

/** Whether a text is a UUID and nothing else. */
export function isUuid(text: string): boolean {
  if (text.length !== CHARACTERS || !hasHyphens(text)) return false;
  let codes = 0;
  let digits = 0;
  for (let index = 0; index < PLACES.length; index++) {
    const place = PLACES[index] as number;
    const [first, second] = [charCodeOf(text, place), charCodeOf(text, place + 1)];
    codes |= first | second;
    digits |= (DIGITS[first & 0x7f] as number) | (DIGITS[second & 0x7f] as number);
  }
  return codes < 0x80 && digits < 16;
}

function hasHyphens(value: string): boolean {
  return (
    charCodeOf(value, 8) === HYPHEN &&
    charCodeOf(value, 13) === HYPHEN &&
    charCodeOf(value, 18) === HYPHEN &&
    charCodeOf(value, 23) === HYPHEN
  );
}

/** False where any of the characters is no digit. */
function writeDigits(value: string, target: Uint8Array, at: number): boolean {
  let codes = 0;
  let digits = 0;
  for (let index = 0; index < 16; index++) {
    const place = PLACES[index] as number;
    const [first, second] = [charCodeOf(value, place), charCodeOf(value, place + 1)];
    const high = DIGITS[first & 0x7f] as number;
    const low = DIGITS[second & 0x7f] as number;
    codes |= first | second;
    digits |= high | low;
    target[at + index] = (high << 4) | low;
  }
  return codes < 0x80 && digits < 16;
}

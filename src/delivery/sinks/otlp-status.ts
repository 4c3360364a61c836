import type { Buffer } from 'node:buffer';

const MESSAGE_FIELD = 2;

/** Bytes of values by their wire type; those of a length are read. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
const VARINT = 0;
const DELIMITED = 2;

/**
 * The message of a `google.rpc.Status`, by which OTLP tells of errors; empty where there is none that can be read.
 * Source: OTLP specification, "Failures"; protobuf encoding.
 */
export function readStatusMessage(bytes: Buffer): string {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 0x80) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (type === VARINT) varint();
    else {
      const length = type === DELIMITED ? varint() : FIXED[type];
      if (length === undefined || !(at + length <= bytes.length)) return '';
      if (type === DELIMITED && field === MESSAGE_FIELD) return bytes.toString('utf8', at, at + length);
      at += length;
    }
  }
  return '';
}

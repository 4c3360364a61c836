import { isIPv6 } from 'node:net';
import { charCodeOf } from '../char-code.js';
import { remembered } from '../remembered.js';

const BYTES = 16;
const DOT = 0x2e;
const ZERO = 0x30;
/** Behind this prefix IPv4 addresses stand in IPv6. */
const MAPPED = 0xff;

/** Longest address of version 6 that is remembered, for clients come again. */
const KNOWN_CHARACTERS = 64;

/** Writes sixteen bytes in network order; IPv4 mapped; all zero for what is no address. */
export function writeAddress(value: string, target: Uint8Array, at: number): void {
  const number = readIPv4(value);
  if (number === -1) {
    target.set(otherBytes(value), at);
    return;
  }
  for (let index = 0; index < 10; index++) target[at + index] = 0;
  target[at + 10] = MAPPED;
  target[at + 11] = MAPPED;
  target[at + 12] = number >>> 24;
  target[at + 13] = number >>> 16;
  target[at + 14] = number >>> 8;
  target[at + 15] = number;
}

/** The number that an IPv4 address stands for; -1 for anything but four parts in their shortest form. */
function readIPv4(value: string): number {
  let [parts, address, part, digits] = [0, 0, 0, 0];
  const { length } = value;
  for (let index = 0; index <= length; index++) {
    const code = index === length ? DOT : charCodeOf(value, index);
    if (code === DOT) {
      if (digits === 0 || part > 255) return -1;
      address = address * 256 + part;
      parts += 1;
      part = 0;
      digits = 0;
    } else {
      if (code < ZERO || code > ZERO + 9 || digits === 3 || (digits === 1 && part === 0)) return -1;
      part = part * 10 + code - ZERO;
      digits += 1;
    }
  }
  return parts === 4 ? address : -1;
}

const otherBytes = remembered((value) => {
  const bytes = new Uint8Array(BYTES);
  if (isIPv6(value)) fillIPv6(value, bytes);
  return bytes;
}, KNOWN_CHARACTERS);

function fillIPv6(value: string, target: Uint8Array): void {
  const plain = value.split('%')[0] as string;
  const [head = '', tail] = plain.split('::');
  const tailBytes = tail === undefined ? [] : groupBytes(tail);
  target.set(groupBytes(head));
  target.set(tailBytes, BYTES - tailBytes.length);
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

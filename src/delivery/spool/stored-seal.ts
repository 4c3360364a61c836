import { Buffer } from 'node:buffer';
import { sealHash } from '../../integrity/seal.js';
import type { Seal, SealText } from '../../integrity/seal.js';
import {
  encodeFrame,
  FRAME_HEADER_BYTES,
  FRAME_KIND,
  nextFrame,
  readFrameHeader,
  readPayload,
  seedOf,
} from './frame.js';
import { isRecord, parseJson } from './parsed.js';

/** NOTE: who reads the seal of a delivered segment does not know its id yet. */
const NO_SEED = 0;

export function encodeSeal(seal: SealText): Buffer[] {
  return encodeFrame(FRAME_KIND.seal, Buffer.from(seal.text), seedOf(seal.seal.segment));
}

/** The content of a `.done` file. */
export function encodeDelivered(seal: SealText): Buffer[] {
  return encodeFrame(FRAME_KIND.seal, Buffer.from(seal.text), NO_SEED);
}

export function readDelivered(bytes: Buffer): SealText | undefined {
  const header = readFrameHeader(bytes, 0, NO_SEED);
  if (header?.kind !== FRAME_KIND.seal) return undefined;
  return readSeal(readPayload(bytes, 0, header));
}

/** The seal at the very end of a file, where there is one. */
export function readLastSeal(tail: Buffer, segmentId: string): SealText | undefined {
  const seed = seedOf(segmentId);
  for (let at = nextFrame(tail, 0, seed); at !== -1; at = nextFrame(tail, at + 1, seed)) {
    const header = readFrameHeader(tail, at, seed);
    if (header?.kind !== FRAME_KIND.seal) continue;
    if (at + FRAME_HEADER_BYTES + header.payloadBytes === tail.length)
      return readSeal(readPayload(tail, at, header));
  }
  return undefined;
}

export function readSeal(payload: Buffer | undefined): SealText | undefined {
  if (payload === undefined) return undefined;
  const text = payload.toString();
  const seal = parseJson(text);
  return isSeal(seal) ? { seal, text, hash: sealHash(text) } : undefined;
}

function isSeal(seal: unknown): seal is Seal {
  return (
    isRecord(seal) &&
    ['chain', 'segment', 'kind', 'digest', 'previous', 'openedAt', 'sealedAt'].every(
      (name) => typeof seal[name] === 'string',
    ) &&
    ['number', 'first', 'last', 'rows', 'schema'].every((name) => Number.isSafeInteger(seal[name])) &&
    isRecord(seal['process']) &&
    isRecord(seal['counts'])
  );
}

import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Seal } from '../../src/integrity/seal.ts';

/** A row of `audit.segments` as a forger writes it. */
export interface ForgedCertificate {
  readonly seal: string;
  readonly shortfall: string;
  readonly signature: string;
  readonly key_id: string;
}

export function textOf(seal: Seal): string {
  return JSON.stringify(sorted(seal));
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Signed as ours are, by the key in this file. */
export function certificateOf(seal: Seal, keyFile: string): ForgedCertificate {
  const key = createPrivateKey(readFileSync(keyFile));
  const { crv, kty, x } = createPublicKey(key).export({ format: 'jwk' });
  // Source: RFC 7638, thumbprint of a key.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  const header = Buffer.from(JSON.stringify({ alg: 'Ed25519', kid })).toString('base64url');
  const text = textOf(seal);
  const payload = Buffer.from(text).toString('base64url');
  const value = sign(null, Buffer.from(`${header}.${payload}`), key).toString('base64url');
  return { seal: text, shortfall: '', signature: `${header}..${value}`, key_id: kid };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

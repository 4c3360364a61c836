import { Buffer } from 'node:buffer';
import { lazily } from '../lazily.js';
import { parseSigningKey } from './keys.js';
import type { NamedKey } from './keys.js';
import { signedText } from './certificate.js';
import type { Certificate } from './certificate.js';

export interface Signature {
  /** JWS in its compact form with the payload left out: `header..signature` (RFC 7515, appendix F). */
  readonly signature: string;
  readonly keyId: string;
}

/** Signs {@link signedText}. */
export type Signer = (text: string) => Promise<Signature>;

/**
 * - `valid`: by one of the keys that were given
 * - `wrong`: the signature is not over this text, or not by the key it names
 * - `unknown-key`: by a key that was not given
 * - `unsigned`: there is none
 * - `unchecked`: no keys were given
 */
export type SignatureVerdict = 'valid' | 'wrong' | 'unknown-key' | 'unsigned' | 'unchecked';

export type SignatureCheck = (certificate: Certificate) => Promise<SignatureVerdict>;

const jose = lazily(() => require('jose') as typeof import('jose'));

/** The name of RFC 9864; the older one of RFC 8037 is taken, too. */
const ALGORITHM = 'Ed25519';
const ACCEPTED = [ALGORITHM, 'EdDSA'];

/** @throws ConfigurationError when the key cannot be used */
export function createSigner(signingKey: string): Signer {
  const { key, keyId } = parseSigningKey(signingKey);
  return async (text) => {
    const jws = await new (jose().CompactSign)(Buffer.from(text))
      .setProtectedHeader({ alg: ALGORITHM, kid: keyId })
      .sign(key);
    const [header = '', , signature = ''] = jws.split('.');
    return { signature: `${header}..${signature}`, keyId };
  };
}

/** @param keys Those of everybody who may have signed; a rotation adds one. */
export function createSignatureCheck(keys: readonly NamedKey[]): SignatureCheck {
  const known = new Map(keys.map(({ key, keyId }) => [keyId, key]));
  return async ({ seal, shortfall, signature, keyId }) => {
    if (known.size === 0) return 'unchecked';
    if (signature === '') return 'unsigned';
    const key = known.get(keyId);
    if (key === undefined) return 'unknown-key';
    const [header, payload, value, ...rest] = signature.split('.');
    if (payload !== '' || rest.length > 0) return 'wrong';
    const text = Buffer.from(signedText(seal, shortfall)).toString('base64url');
    try {
      const { protectedHeader } = await jose().compactVerify(`${header}.${text}.${value}`, key, {
        algorithms: ACCEPTED,
      });
      return protectedHeader.kid === keyId ? 'valid' : 'wrong';
    } catch {
      return 'wrong';
    }
  };
}

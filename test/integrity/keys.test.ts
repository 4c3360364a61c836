import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { signedText } from '../../src/integrity/certificate.ts';
import { parsePublicKeys, parseSigningKey } from '../../src/integrity/keys.ts';
import { createSignatureCheck, createSigner } from '../../src/integrity/signature.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PRIVATE = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const PUBLIC = publicKey.export({ format: 'pem', type: 'spki' }) as string;
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function signed(seal: string, shortfall = '', key = PRIVATE) {
  return { seal, shortfall, ...(await createSigner(key)(signedText(seal, shortfall))) };
}

describe('the signing key', () => {
  test('is PEM or a JWK, and known by its thumbprint', async () => {
    const jwk = privateKey.export({ format: 'jwk' });
    const wanted = await calculateJwkThumbprint(
      publicKey.export({ format: 'jwk' }) as Record<string, string>,
    );
    expect(parseSigningKey(PRIVATE).keyId).toBe(wanted);
    expect(parseSigningKey(JSON.stringify(jwk)).keyId).toBe(wanted);
  });

  test.each([
    ['a public key', PUBLIC, /is a public key/],
    ['a public JWK', JSON.stringify(publicKey.export({ format: 'jwk' })), /with its "d"/],
    [
      'of another kind',
      RSA.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
      /of kind rsa; expected Ed25519/,
    ],
    ['cut', PRIVATE.slice(0, 60), /is no private key/],
    ['something else', 'hunter2', /is no private key/],
  ])('is refused when it is %s, naming the setting and never the key', (_what, text, message) => {
    const parse = (): unknown => parseSigningKey(text);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/AUDIT_REGISTER_SIGNING_KEY/);
    expect(parse).not.toThrow(/hunter2/);
  });
});

describe('public keys', () => {
  test('are PEM, a JWK or a set', () => {
    const jwk = publicKey.export({ format: 'jwk' });
    const keyId = parsePublicKeys(PUBLIC, 'file')[0]?.keyId;
    expect(parsePublicKeys(JSON.stringify(jwk), 'file').map((key) => key.keyId)).toEqual([keyId]);
    const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    expect(parsePublicKeys(JSON.stringify({ keys: [other, jwk] }), 'file')).toHaveLength(2);
  });

  test.each([
    ['a private key', PRIVATE, /file is a private key/],
    ['a private JWK', JSON.stringify(privateKey.export({ format: 'jwk' })), /file is a private key/],
    ['no key', 'nothing', /file holds no public key/],
    ['an empty set', '{"keys":[]}', /without keys/],
    ['of another kind', RSA.publicKey.export({ format: 'pem', type: 'spki' }) as string, /of kind rsa/],
  ])('are refused when one is %s', (_what, text, message) => {
    expect(() => parsePublicKeys(text, 'file')).toThrow(message);
  });
});

describe('a signature', () => {
  const check = createSignatureCheck(parsePublicKeys(PUBLIC, 'file'));

  test('is a JWS with detached content that any library verifies', async () => {
    const { signature, keyId } = await signed('{"a":1}');
    expect(signature).toMatch(/^[\w-]+\.\.[\w-]+$/);
    const [header, , value] = signature.split('.');
    const jws = `${header}.${Buffer.from('{"a":1}').toString('base64url')}.${value}`;
    const { protectedHeader } = await compactVerify(jws, createPublicKey(PUBLIC));
    expect(protectedHeader).toEqual({ alg: 'Ed25519', kid: keyId });
  });

  test('holds for its seal and its shortfall, and for nothing else', async () => {
    const certificate = await signed('seal', 'shortfall');
    expect(await check(certificate)).toBe('valid');
    expect(await check({ ...certificate, shortfall: '' })).toBe('wrong');
    expect(await check({ ...certificate, seal: 'other' })).toBe('wrong');
    expect(await check({ ...certificate, signature: `${certificate.signature}.x` })).toBe('wrong');
    expect(await check({ ...certificate, signature: 'nonsense' })).toBe('wrong');
    expect(await check({ ...certificate, signature: '' })).toBe('unsigned');
  });

  test('of a stranger is unknown, and wrong under a name that is known', async () => {
    const stranger = generateKeyPairSync('ed25519').privateKey.export({
      format: 'pem',
      type: 'pkcs8',
    }) as string;
    const certificate = await signed('seal', '', stranger);
    expect(await check(certificate)).toBe('unknown-key');
    const { keyId } = parseSigningKey(PRIVATE);
    expect(await check({ ...certificate, keyId })).toBe('wrong');
  });

  test('verifies by any of several keys, so that a key can be changed', async () => {
    const next = generateKeyPairSync('ed25519');
    const nextPem = next.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const keys = [PUBLIC, next.publicKey.export({ format: 'pem', type: 'spki' }) as string];
    const both = createSignatureCheck(keys.flatMap((key) => parsePublicKeys(key, 'file')));
    expect(await both(await signed('before'))).toBe('valid');
    expect(await both(await signed('after', '', nextPem))).toBe('valid');
  });
});

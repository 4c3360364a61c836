import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CompactEncrypt, exportSPKI, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createJwtVerifier, MAX_TOKEN_CHARACTERS } from '../../src/identity/jwt.ts';
import { ada, createSigner, forge, identity, ISSUER, seconds, signWithSecret } from './tokens.ts';

const SECRET = 'correct horse battery staple, at least 32 bytes';
const rsa = await createSigner('RS256');
const rsaPem = await exportSPKI(rsa.publicKey);
const bySecret = () => createJwtVerifier(identity([{ secret: SECRET }]));
const byRsa = () => createJwtVerifier(identity([{ publicKey: rsaPem }]));

describe('a good token', () => {
  it.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'of %s is verified by its public key',
    async (alg) => {
      const signer = await createSigner(alg);
      const verifier = createJwtVerifier(identity([{ publicKey: await exportSPKI(signer.publicKey) }]));
      const actor = await verifier.verify(await signer.sign({ name: 'Ada' }));
      expect(actor).toMatchObject({ id: 'ada', name: 'Ada', assurance: 'verified', problem: '' });
    },
  );

  it.each(['HS256', 'HS384', 'HS512'])('of %s is verified by the shared secret', async (alg) => {
    const token = await signWithSecret(SECRET, {}, alg);
    expect(await bySecret().verify(token)).toMatchObject({ id: 'ada', assurance: 'verified' });
  });

  it('is verified by an X.509 certificate', async () => {
    const certificate = readFileSync(new URL('certificate.pem', import.meta.url), 'utf8');
    const token = readFileSync(new URL('certificate-token.txt', import.meta.url), 'utf8').trim();
    const verifier = createJwtVerifier(identity([{ publicKey: certificate }]));
    expect(await verifier.verify(token)).toMatchObject({ id: 'ada', assurance: 'verified' });
  });

  it('may have several audiences of which one is accepted, and no expiry', async () => {
    const token = await signWithSecret(SECRET, { aud: ['other', 'shop'], exp: undefined });
    expect(await bySecret().verify(token)).toMatchObject({ assurance: 'verified' });
  });

  it('keeps unicode and loses control characters', async () => {
    const token = await signWithSecret(SECRET, { sub: 'zoë-王\r\nfake: line\u0000', name: '👩‍🚀\u202e' });
    expect(await bySecret().verify(token)).toMatchObject({ id: 'zoë-王��fake: line�', name: '👩‍🚀�' });
  });

  it.each([
    [42, '42'],
    [{ id: 7 }, '{"id":7}'],
    [['a'], '["a"]'],
    [null, ''],
  ])('whose sub is %j names the actor %j', async (sub, id) => {
    const token = await signWithSecret(SECRET, { sub });
    expect(await bySecret().verify(token)).toMatchObject({ id, assurance: 'verified' });
  });
});

describe('a bad token keeps its claims and says why it was refused', () => {
  const soon = () => seconds(Date.now()) + 600;
  const past = () => seconds(Date.now()) - 600;

  it.each([
    ['expired', { exp: past() }, 'expired', 'expired'],
    ['of the future', { nbf: soon() }, 'invalid', 'not valid yet'],
    ['for another audience', { aud: 'other' }, 'invalid', 'audience not accepted'],
    ['for no audience', { aud: undefined }, 'invalid', 'audience not accepted'],
    ['of another issuer', { iss: 'https://evil.example' }, 'invalid', 'issuer not accepted'],
    ['of no issuer', { iss: undefined }, 'invalid', 'issuer not accepted'],
    ['of an issuer that is no text', { iss: [ISSUER] }, 'invalid', 'issuer not accepted'],
    ['with an expiry that is no number', { exp: 'never' }, 'invalid', 'malformed claims'],
    ['with a start that is no number', { nbf: {} }, 'invalid', 'malformed claims'],
  ])('%s', async (_form, claims, assurance, problem) => {
    const actor = await bySecret().verify(await signWithSecret(SECRET, claims));
    expect(actor).toMatchObject({ type: 'user', id: 'ada', authMethod: 'jwt', assurance, problem });
  });

  it('with a wrong signature, expired or not', async () => {
    for (const claims of [{}, { exp: past() }]) {
      const token = await signWithSecret('some other secret, also 32 bytes long', claims);
      expect(await bySecret().verify(token)).toMatchObject({
        id: 'ada',
        assurance: 'invalid',
        problem: 'signature verification failed',
      });
    }
  });

  it('with claims changed after it was signed', async () => {
    const [header, , signature] = (await rsa.sign()).split('.');
    const claims = Buffer.from(JSON.stringify({ ...ada(), sub: 'root' })).toString('base64url');
    const actor = await byRsa().verify(`${header}.${claims}.${signature}`);
    expect(actor).toMatchObject({
      id: 'root',
      assurance: 'invalid',
      problem: 'signature verification failed',
    });
  });

  it.each(['none', 'None', 'NONE', '', 'HS1', '__proto__', 'constructor'])('of algorithm %j', async (alg) => {
    for (const verifier of [bySecret(), byRsa()]) {
      for (const signature of ['', 'c2ln']) {
        const actor = await verifier.verify(forge({ alg }, ada(), signature));
        expect(actor).toMatchObject({ id: 'ada', assurance: 'invalid' });
        expect(actor.problem).toMatch(/^(algorithm not accepted|malformed token)$/);
      }
    }
  });

  it('that is unsecured', async () => {
    const token = new UnsecuredJWT(ada()).encode();
    expect(await byRsa().verify(token)).toMatchObject({
      id: 'ada',
      assurance: 'invalid',
      problem: 'algorithm not accepted',
    });
  });

  it('that is signed by HS256 with the RSA public key as secret', async () => {
    for (const secret of [rsaPem, rsaPem.trim()]) {
      const actor = await byRsa().verify(await signWithSecret(secret));
      expect(actor).toMatchObject({ assurance: 'invalid', problem: 'algorithm not accepted' });
    }
  });

  it('whose algorithm is not among the configured ones', async () => {
    const verifier = createJwtVerifier(identity([{ publicKey: rsaPem, algorithms: ['PS256', 'HS256'] }]));
    expect(await verifier.verify(await rsa.sign())).toMatchObject({ problem: 'algorithm not accepted' });
  });

  it('with a critical header nobody here understands', async () => {
    const actor = await bySecret().verify(forge({ alg: 'HS256', crit: ['exotic'], exotic: 1 }, ada()));
    expect(actor).toMatchObject({ id: 'ada', assurance: 'invalid' });
  });

  it.each(['', 'garbage', 'null', 'a.b', 'a.b.c', 'a.b.c.d', '..', 'é.é.é', forge({}, ['list'])])(
    'that is malformed: %j',
    async (token) => {
      for (const verifier of [bySecret(), createJwtVerifier(identity([]))]) {
        expect(await verifier.verify(token)).toMatchObject({
          type: 'user',
          id: '',
          authMethod: 'jwt',
          assurance: 'invalid',
          problem: 'malformed token',
        });
      }
    },
  );

  it('that is encrypted', async () => {
    const token = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A128GCM' })
      .encrypt(new Uint8Array(16));
    expect(await bySecret().verify(token)).toMatchObject({
      assurance: 'invalid',
      problem: 'encrypted token',
    });
  });

  it('of 100 kB, which is neither verified nor kept', async () => {
    const token = await signWithSecret(SECRET, { padding: 'x'.repeat(100_000) });
    const verifier = bySecret();
    const actor = verifier.verify(token);
    expect(actor).toMatchObject({
      id: 'ada',
      assurance: 'invalid',
      problem: `token longer than ${MAX_TOKEN_CHARACTERS} characters`,
    });
    expect(verifier.verify(token)).not.toBe(actor);
  });
});

describe('clocks', () => {
  it('may differ by the tolerance', async () => {
    const start = 1_800_000_000_000;
    const verifier = createJwtVerifier(identity([{ secret: SECRET }]), { now: () => start });
    const grade = async (claims: object) =>
      (await verifier.verify(await signWithSecret(SECRET, { exp: seconds(start) + 60, ...claims })))
        .assurance;
    expect(await grade({ exp: seconds(start) - 4 })).toBe('verified');
    expect(await grade({ exp: seconds(start) - 5 })).toBe('expired');
    expect(await grade({ nbf: seconds(start) + 5 })).toBe('verified');
    expect(await grade({ nbf: seconds(start) + 6 })).toBe('invalid');
  });
});

describe('several issuers', () => {
  const issuers = [
    { issuer: 'https://one.example', secret: SECRET },
    { issuer: 'https://two.example', publicKey: rsaPem, audience: [] },
  ];

  it('are told apart by iss', async () => {
    const verifier = createJwtVerifier(identity(issuers));
    const one = await signWithSecret(SECRET, { iss: 'https://one.example' });
    const two = await rsa.sign({ iss: 'https://two.example', aud: 'anything' });
    expect(await verifier.verify(one)).toMatchObject({
      assurance: 'verified',
      authIssuer: 'https://one.example',
    });
    expect(await verifier.verify(two)).toMatchObject({
      assurance: 'verified',
      authIssuer: 'https://two.example',
    });
  });

  it('cannot sign for each other', async () => {
    const verifier = createJwtVerifier(identity(issuers));
    const token = await signWithSecret(SECRET, { iss: 'https://two.example' });
    expect(await verifier.verify(token)).toMatchObject({
      assurance: 'invalid',
      problem: 'algorithm not accepted',
    });
  });

  it('leave the tokens of nobody they know to the issuer without a name', async () => {
    const token = await rsa.sign({ iss: 'https://three.example' });
    const strict = createJwtVerifier(identity(issuers));
    const open = createJwtVerifier(identity([issuers[0]!, { issuer: '', publicKey: rsaPem }]));
    expect(await strict.verify(token)).toMatchObject({
      id: 'ada',
      assurance: 'invalid',
      problem: 'issuer not accepted',
      authIssuer: 'https://three.example',
    });
    expect(await open.verify(token)).toMatchObject({ assurance: 'verified', problem: '' });
  });
});

describe('without verification', () => {
  it.each([
    ['no issuers', identity([])],
    ['verification skipped', identity([{ secret: SECRET }], { dangerouslySkipVerification: true })],
  ])('claims are taken as claimed at once: %s', (_form, config) => {
    const actor = createJwtVerifier(config).verify(forge({ alg: 'none' }, ada()));
    expect(actor).toMatchObject({ id: 'ada', assurance: 'claimed', problem: '' });
  });

  it('a record that can wait no longer is told what the token claims', async () => {
    const verifier = bySecret();
    expect(verifier.claimed(await signWithSecret(SECRET))).toMatchObject({
      id: 'ada',
      assurance: 'claimed',
      problem: 'not verified in time',
    });
    expect(verifier.claimed('garbage')).toMatchObject({ assurance: 'invalid', problem: 'malformed token' });
  });
});

describe('a known token', () => {
  it('is answered at once, with the same actor', async () => {
    const verifier = bySecret();
    const token = await signWithSecret(SECRET);
    const first = verifier.verify(token);
    expect(first).toBeInstanceOf(Promise);
    expect(verifier.verify(`${token.slice(0, 5)}${token.slice(5)}`)).toBe(first);
    const actor = await first;
    expect(verifier.verify(`${token.slice(0, 5)}${token.slice(5)}`)).toBe(actor);
    expect(Object.isFrozen(actor)).toBe(true);
  });

  it('is answered at once when it was refused, too', async () => {
    const verifier = bySecret();
    const token = forge({ alg: 'none' }, ada());
    const actor = await verifier.verify(token);
    expect(verifier.verify(token)).toBe(actor);
  });

  it('expires', async () => {
    let now = 1_800_000_000_000;
    const verifier = createJwtVerifier(identity([{ secret: SECRET }]), { now: () => now });
    const token = await signWithSecret(SECRET, { exp: seconds(now) + 60 });
    expect((await verifier.verify(token)).assurance).toBe('verified');
    now += 64_999;
    expect(verifier.verify(token)).toMatchObject({ assurance: 'verified' });
    now += 1;
    expect(await verifier.verify(token)).toMatchObject({ id: 'ada', assurance: 'expired' });
    expect(verifier.verify(token)).toMatchObject({ assurance: 'expired' });
  });

  it('becomes valid in time', async () => {
    let now = 1_800_000_000_000;
    const verifier = createJwtVerifier(identity([{ secret: SECRET }]), { now: () => now });
    const token = await signWithSecret(SECRET, { nbf: seconds(now) + 20, exp: seconds(now) + 600 });
    expect(await verifier.verify(token)).toMatchObject({ problem: 'not valid yet' });
    now += 15_000;
    expect(await verifier.verify(token)).toMatchObject({ assurance: 'verified' });
  });

  it('is looked at again after ten minutes, however long it lives', async () => {
    let now = 1_800_000_000_000;
    const verifier = createJwtVerifier(identity([{ secret: SECRET }]), { now: () => now });
    const token = await signWithSecret(SECRET, { exp: 1e300 });
    await verifier.verify(token);
    now += 600_000;
    expect(verifier.verify(token)).toBeInstanceOf(Promise);
  });

  it('survives a flood of bad tokens, and leaves after 5,000 newer good ones', async () => {
    const verifier = bySecret();
    const token = await signWithSecret(SECRET);
    const actor = await verifier.verify(token);
    for (let index = 0; index < 6_000; index++) await verifier.verify(`bad${index}`);
    expect(verifier.verify(token)).toBe(actor);
    const claiming = createJwtVerifier(identity([]));
    const oldest = claiming.verify(token);
    for (let index = 0; index < 4_999; index++) await claiming.verify(forge({}, ada(), `signature${index}`));
    expect(claiming.verify(token)).toBe(oldest);
    await claiming.verify(forge({}, ada(), 'one-more'));
    expect(claiming.verify(token)).not.toBe(oldest);
  });
});

describe('a key that cannot be used stops the start and names its setting', () => {
  const privatePem = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----';

  it.each([
    [{ publicKey: 'nonsense' }, /AUDIT_REGISTER_JWT_PUBLIC_KEY is no public key/],
    [{ publicKey: privatePem }, /AUDIT_REGISTER_JWT_PUBLIC_KEY is a private key/],
    [
      { publicKey: rsaPem, algorithms: ['HS256', 'none'] },
      /AUDIT_REGISTER_JWT_ALGORITHMS allows HS256, none/,
    ],
    [{ secret: rsaPem }, /AUDIT_REGISTER_JWT_SECRET is a key in PEM/],
    [{ secret: SECRET, algorithms: ['RS256'] }, /AUDIT_REGISTER_JWT_ALGORITHMS allows RS256/],
    [{ jwksUrl: 'issuer.example' }, /AUDIT_REGISTER_JWT_JWKS_URL is no http or https address/],
    [{ jwksUrl: 'file:///etc/passwd' }, /AUDIT_REGISTER_JWT_JWKS_URL is no http or https address/],
    [
      { jwksUrl: 'https://me:hidden@a.example' },
      /AUDIT_REGISTER_JWT_JWKS_URL contains a user name or password/,
    ],
    [{}, /has no key; set AUDIT_REGISTER_JWT_JWKS_URL/],
  ])('%#', (issuer, message) => {
    const create = () => createJwtVerifier(identity([issuer]));
    expect(create).toThrow(message);
    expect(create).not.toThrow(/hidden/);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_CONFIGURATION' }));
  });

  it('such as an RSA key of 1024 bits', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const { publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    expect(() => createJwtVerifier(identity([{ publicKey }]))).toThrow(/has 1024 bits/);
  });
});

it('no text ever makes verification throw, reject or look anonymous', async () => {
  const reader = createJwtVerifier(identity([]));
  const verifiers = [bySecret(), byRsa(), reader];
  const part = fc.oneof(
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.constantFrom('eyJhbGciOiJSUzI1NiJ9', 'eyJhbGciOiJIUzI1NiIsImNyaXQiOltdfQ'),
    fc
      .dictionary(fc.constantFrom('iss', 'sub', 'aud', 'exp', '__proto__', 'roles', 'act'), fc.anything())
      .map((claims) =>
        Buffer.from(
          JSON.stringify(claims, (_key, value: unknown) => (typeof value === 'bigint' ? 1 : value)),
        ).toString('base64url'),
      ),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (token) => {
      for (const verifier of verifiers) {
        const actor = await verifier.verify(token);
        expect(actor.assurance).toMatch(verifier === reader ? /^(invalid|claimed)$/ : /^invalid$/);
        expect(actor.authMethod).toBe('jwt');
        expect(verifier.claimed(token).assurance).toMatch(/^(invalid|claimed)$/);
      }
    }),
    { numRuns: 1000 },
  );
});

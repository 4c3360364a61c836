import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJwtVerifier } from '../../src/identity/jwt.ts';
import { KeyServer } from './key-server.ts';
import { createSigner, forge, ada, identity } from './tokens.ts';
import type { Signer } from './tokens.ts';

const first = await createSigner('RS256', 'first');
const second = await createSigner('ES256', 'second');
const server = new KeyServer();
let now = Date.now();
let problems: string[] = [];

function createVerifier() {
  return createJwtVerifier(identity([{ jwksUrl: server.url }]), {
    now: () => now,
    onProblem: (problem) => problems.push(problem),
  });
}

/** Every call gives another token, so that no cache of actors answers. */
function fresh(signer: Signer): Promise<string> {
  return signer.sign({ jti: crypto.randomUUID(), exp: Math.floor(now / 1000) + 3600 });
}

const TEN_MINUTES = 600_000;
const COOLDOWN = 5_000;
const UNREACHABLE = { id: 'ada', assurance: 'claimed', problem: 'key server unreachable' };

beforeEach(async () => {
  now = Date.now();
  problems = [];
  server.requests = 0;
  server.serve(first.jwk);
  await server.start();
});
afterEach(() => server.stop());

describe('a key server that answers', () => {
  it('is asked once for any number of tokens', async () => {
    server.serve(first.jwk, second.jwk);
    const verifier = createVerifier();
    for (const signer of [first, second, first]) {
      expect(await verifier.verify(await fresh(signer))).toMatchObject({ id: 'ada', assurance: 'verified' });
    }
    expect(server.requests).toBe(1);
    expect(problems).toEqual([]);
  });

  it('is asked once by a hundred requests at a time, of one token and of many', async () => {
    const verifier = createVerifier();
    const token = await fresh(first);
    const answers = Array.from({ length: 100 }, () => verifier.verify(token));
    expect(new Set(answers).size).toBe(1);
    const others = await Promise.all(Array.from({ length: 50 }, () => fresh(first)));
    const actors = await Promise.all([...answers, ...others.map((other) => verifier.verify(other))]);
    expect(new Set(actors.map((actor) => actor.assurance))).toEqual(new Set(['verified']));
    expect(server.requests).toBe(1);
  });

  it('is asked again for a key that is new', async () => {
    const verifier = createVerifier();
    await verifier.verify(await fresh(first));
    server.serve(first.jwk, second.jwk);
    now += COOLDOWN;
    expect(await verifier.verify(await fresh(second))).toMatchObject({ assurance: 'verified' });
    expect(server.requests).toBe(2);
  });

  it('is not asked for every token with an invented key', async () => {
    const verifier = createVerifier();
    for (let index = 0; index < 20; index++) {
      const token = await first.sign({}, { kid: `invented-${index}` });
      expect(await verifier.verify(token)).toMatchObject({
        id: 'ada',
        assurance: 'invalid',
        problem: 'signing key not known',
      });
    }
    expect(server.requests).toBe(1);
  });

  it('is asked every ten minutes, and a key it no longer has counts no longer', async () => {
    const verifier = createVerifier();
    await verifier.verify(await fresh(first));
    server.serve(second.jwk);
    now += TEN_MINUTES;
    expect(await verifier.verify(await fresh(first))).toMatchObject({ problem: 'signing key not known' });
    expect(await verifier.verify(await fresh(second))).toMatchObject({ assurance: 'verified' });
    expect(server.requests).toBe(2);
  });

  it('may have several keys for a token that names none', async () => {
    const signers = [await createSigner('RS256'), await createSigner('RS256'), await createSigner('RS256')];
    server.serve(...signers.map(({ jwk }) => jwk));
    const verifier = createVerifier();
    for (const signer of signers) {
      expect(await verifier.verify(await fresh(signer))).toMatchObject({ assurance: 'verified' });
    }
    const stranger = await createSigner('RS256');
    expect(await verifier.verify(await fresh(stranger))).toMatchObject({
      assurance: 'invalid',
      problem: 'signature verification failed',
    });
  });

  it('cannot make a symmetric key of a public one', async () => {
    server.serve({ kty: 'oct', k: 'c2VjcmV0', kid: 'first', alg: 'HS256' }, first.jwk);
    const actor = await createVerifier().verify(forge({ alg: 'HS256', kid: 'first' }, ada()));
    expect(actor).toMatchObject({ assurance: 'invalid', problem: 'algorithm not accepted' });
    expect(server.requests).toBe(0);
  });

  it.each([
    ['nobody can read', { kty: 'RSA', kid: 'first', use: 'sig', n: 'AQAB' }],
    ['is too short', { kty: 'RSA', kid: 'first', use: 'sig', n: 'w'.repeat(171), e: 'AQAB' }],
  ])('that offers a key that %s leaves the token unverified, not invalid', async (_form, jwk) => {
    server.serve(jwk);
    const verifier = createVerifier();
    for (let index = 0; index < 3; index++) {
      expect(await verifier.verify(await fresh(first))).toMatchObject({
        id: 'ada',
        assurance: 'claimed',
        problem: 'signing key unusable',
      });
    }
    expect(problems).toHaveLength(1);
  });
});

describe('a key server that does not', () => {
  it.each([
    ['answers 500', () => server.answer((_request, response) => response.writeHead(500).end('no'))],
    [
      'redirects',
      () => server.answer((_request, response) => response.writeHead(302, { location: '/' }).end()),
    ],
    ['answers garbage', () => server.answer((_request, response) => response.end('<html>garbage'))],
    ['answers other JSON', () => server.answer((_request, response) => response.end('{"keys": 5}'))],
    ['hangs up', () => server.answer((request) => request.destroy())],
    ['never answers', () => server.answer(() => undefined)],
    ['never ends its answer', () => server.answer((_request, response) => response.write('{"keys": ['))],
    [
      'answers endlessly',
      () =>
        server.answer((_request, response) => {
          const flood = Buffer.alloc(262_144, ' ');
          const more = () => void (response.destroyed || response.write(flood, more));
          more();
        }),
    ],
    ['is down', () => server.stop()],
  ])('%s leaves the token claimed, in time, and tells once', async (_form, misbehave) => {
    const verifier = createVerifier();
    await misbehave();
    const begun = performance.now();
    for (let index = 0; index < 3; index++) {
      expect(await verifier.verify(await fresh(first))).toMatchObject(UNREACHABLE);
    }
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(server.requests).toBeLessThanOrEqual(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^key server unreachable: http:\/\/127\.0\.0\.1:\d+\/jwks\.json \(.+\)/);
    expect(problems[0]).toContain('AUDIT_REGISTER_JWT_JWKS_URL');
    expect(problems[0]).not.toContain('not-for-logs');
  });

  it('still has its tokens without signature refused', async () => {
    await server.stop();
    expect(await createVerifier().verify(forge({ alg: 'none' }, ada()))).toMatchObject({
      assurance: 'invalid',
    });
  });

  it('is asked again a little later, also for a token that was seen', async () => {
    const verifier = createVerifier();
    const token = await fresh(first);
    await server.stop();
    const refused = await verifier.verify(token);
    expect(refused).toMatchObject(UNREACHABLE);
    await server.start();
    now += COOLDOWN - 1;
    expect(verifier.verify(token)).toBe(refused);
    now += 1;
    expect(await verifier.verify(token)).toMatchObject({ assurance: 'verified', problem: '' });
  });

  it('has its keys kept, however long it is away, and is told of again after it was back', async () => {
    const verifier = createVerifier();
    await verifier.verify(await fresh(first));
    await server.stop();
    for (let index = 0; index < 3; index++) {
      now += 24 * 3_600_000;
      expect(await verifier.verify(await fresh(first))).toMatchObject({ assurance: 'verified' });
    }
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('the keys loaded before stay in use');
    await server.start();
    now += TEN_MINUTES;
    await verifier.verify(await fresh(first));
    await server.stop();
    now += TEN_MINUTES;
    await verifier.verify(await fresh(first));
    expect(problems).toHaveLength(2);
  });

  it('may have signed with a key nobody has loaded: that is unverified, not invalid', async () => {
    const verifier = createVerifier();
    await verifier.verify(await fresh(first));
    await server.stop();
    now += COOLDOWN;
    expect(await verifier.verify(await fresh(second))).toMatchObject(UNREACHABLE);
    expect(await verifier.verify(await fresh(second))).toMatchObject(UNREACHABLE);
    expect(await verifier.verify(await fresh(first))).toMatchObject({ assurance: 'verified' });
  });
});

describe('loading keys', () => {
  it('survives a listener that throws', async () => {
    await server.stop();
    const verifier = createJwtVerifier(identity([{ jwksUrl: server.url }]), {
      onProblem: () => {
        throw new Error('a listener');
      },
    });
    expect(await verifier.verify(await fresh(first))).toMatchObject(UNREACHABLE);
  });

  it("uses the fetch there was at the start, outside of the request's context", async () => {
    const request = new AsyncLocalStorage<string>();
    const pristine = globalThis.fetch;
    const seen: unknown[] = [];
    globalThis.fetch = (...given) => {
      seen.push(request.getStore());
      return pristine(...given);
    };
    const verifier = createVerifier();
    globalThis.fetch = () => Promise.reject(new Error('mocked by the application'));
    const token = await fresh(first);
    const actor = await request.run('of a request', () => verifier.verify(token));
    globalThis.fetch = pristine;
    expect(actor.assurance).toBe('verified');
    expect(seen).toEqual([undefined]);
  });
});

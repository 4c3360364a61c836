/* Verifies tokens with the preload's own verifier, in a process of its own so that it can have a core of its own. */
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { loadConfig } from '../dist/config/load.js';
import { createJwtVerifier } from '../dist/identity/jwt.js';
import type { JwtVerifier } from '../dist/identity/jwt.js';
import type { Algorithm, JwtQuestion, JwtSample } from './measure/jwt.ts';
import { answerQuestions } from './stage/answer-questions.ts';

/** As many as a busy server has under way. */
const AT_ONCE = 50;
const CACHED_PASSES = 100;
const ISSUER = 'https://issuer.example';
const SECRET = 'a secret of the benchmark, of 32 bytes and more';

const KEYS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const;

interface Prepared {
  readonly tokens: readonly string[];
  /** With nothing in its cache. */
  verifier(): JwtVerifier;
}

async function prepare(algorithm: Algorithm, count: number): Promise<Prepared> {
  const pair = algorithm === 'HS256' ? undefined : KEYS[algorithm]();
  const key = pair?.privateKey ?? new TextEncoder().encode(SECRET);
  const tokens: string[] = [];
  for (let user = 0; user < count; user++) tokens.push(await sign(algorithm, key, user));
  const { identity } = loadConfig(
    {
      AUDIT_REGISTER_JWT_ISSUER: ISSUER,
      AUDIT_REGISTER_JWT_AUDIENCE: 'bench',
      ...(pair === undefined
        ? { AUDIT_REGISTER_JWT_SECRET: SECRET }
        : {
            AUDIT_REGISTER_JWT_PUBLIC_KEY: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
          }),
    },
    '/',
  );
  return { tokens, verifier: () => createJwtVerifier(identity) };
}

function sign(alg: Algorithm, key: Parameters<SignJWT['sign']>[0], user: number): Promise<string> {
  const claims = { name: `User ${user}`, roles: ['clerk'], tenant: 'acme' };
  return new SignJWT(claims)
    .setProtectedHeader({ alg })
    .setSubject(`user-${user}`)
    .setIssuer(ISSUER)
    .setAudience('bench')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);
}

async function measure({ tokens, verifier }: Prepared): Promise<JwtSample> {
  const fresh = verifier();
  const uncached = await cpuOf(() => verifyAll(fresh, tokens));
  requireKnown(fresh, tokens);
  const cached = await cpuOf(async () => {
    for (let pass = 0; pass < CACHED_PASSES; pass++) for (const token of tokens) fresh.verify(token);
  });
  return {
    uncachedMicros: uncached.all / tokens.length,
    uncachedMainMicros: uncached.main / tokens.length,
    cachedMicros: cached.main / tokens.length / CACHED_PASSES,
  };
}

/** @throws Error for a token that was not accepted: refusing is another work */
async function verifyAll(verifier: JwtVerifier, tokens: readonly string[]): Promise<void> {
  for (let index = 0; index < tokens.length; index += AT_ONCE) {
    const actors = await Promise.all(
      tokens.slice(index, index + AT_ONCE).map((token) => verifier.verify(token)),
    );
    const refused = actors.find(({ assurance }) => assurance !== 'verified');
    if (refused !== undefined) throw new Error(`a token was not accepted: ${refused.problem}`);
  }
}

/** @throws Error for a token that would be verified again */
function requireKnown(verifier: JwtVerifier, tokens: readonly string[]): void {
  const isAgain = tokens.some((token) => verifier.verify(token) instanceof Promise);
  if (isAgain) throw new Error('a token that was verified before is not known');
}

/** Microseconds of all threads, and of the one that the application runs on. */
async function cpuOf(work: () => Promise<void>): Promise<{ readonly all: number; readonly main: number }> {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  await work();
  const [allNow, mainNow] = [process.cpuUsage(all), process.threadCpuUsage(main)];
  return { all: allNow.user + allNow.system, main: mainNow.user + mainNow.system };
}

async function answer({ algorithms, tokens, rounds, warmUp }: JwtQuestion) {
  const samples: Record<string, JwtSample[]> = {};
  const prepared = new Map<Algorithm, Prepared>();
  for (const algorithm of algorithms) prepared.set(algorithm, await prepare(algorithm, tokens));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [algorithm, parts] of prepared) {
      const sample = await measure(parts);
      if (round >= 0) (samples[algorithm] ??= []).push(sample);
    }
  }
  return samples;
}

answerQuestions(answer);

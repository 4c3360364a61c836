import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import type { IdentityConfig, JwtIssuerConfig } from '../../src/config/config.ts';

export const ISSUER = 'https://issuer.example';
const AUDIENCE = 'shop';

/** Claims as wrong as a test wants them; undefined leaves one out. */
export type AnyClaims = Readonly<Record<string, unknown>>;

export interface Signer {
  readonly alg: string;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
  sign(claims?: AnyClaims, header?: { kid?: string }): Promise<string>;
}

/** @param kid left out of header and key when empty */
export async function createSigner(alg: string, kid = ''): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const named = kid === '' ? {} : { kid };
  const jwk = { ...(await exportJWK(publicKey)), use: 'sig', ...named };
  return {
    alg,
    publicKey,
    jwk,
    sign: (claims = {}, header = named) =>
      new SignJWT({ ...ada(), ...claims } as JWTPayload)
        .setProtectedHeader({ alg, ...header })
        .sign(privateKey),
  };
}

export function signWithSecret(secret: string, claims: AnyClaims = {}, alg = 'HS256'): Promise<string> {
  return new SignJWT({ ...ada(), ...claims } as JWTPayload)
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret));
}

/** A token whose parts are given as they are; the signature is worth nothing. */
export function forge(header: unknown, claims: unknown, signature = 'c2lnbmF0dXJl'): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}

export function ada(): JWTPayload {
  return { iss: ISSUER, aud: AUDIENCE, sub: 'ada', exp: seconds(Date.now()) + 3600 };
}

export function seconds(millis: number): number {
  return Math.floor(millis / 1000);
}

export function identity(
  issuers: readonly Partial<JwtIssuerConfig>[],
  more: Partial<IdentityConfig> = {},
): IdentityConfig {
  return {
    sources: ['jwt', 'proxy-header', 'session', 'basic', 'client-certificate'],
    proxy: { user: '', name: '', roles: '', tenant: '' },
    session: {
      user: ['user', 'session.user', 'session.userId'],
      id: ['id', '_id', 'sub'],
      name: ['name'],
      roles: ['roles'],
      tenant: ['tenant'],
      impersonator: ['impersonatorId', 'act.sub'],
      cookies: [],
      callGetters: false,
    },
    certificateNames: ['common-name'],
    issuers: issuers.map((issuer) => ({ issuer: ISSUER, audience: [AUDIENCE], algorithms: [], ...issuer })),
    claims: {
      id: 'sub',
      name: 'name',
      roles: 'roles',
      tenant: 'tenant',
      session: 'sid',
      impersonator: 'act.sub',
    },
    cookie: '',
    dangerouslySkipVerification: false,
    clockToleranceSeconds: 5,
    trustedProxies: [],
    ...more,
  };
}

import type { IdentityConfig, IdentitySourceName } from '../config/config.js';
import { basicSource } from './basic.js';
import { createClientCertificateSource } from './client-certificate.js';
import { createPeerTrust } from './client-address.js';
import { loadLater } from '../later.js';
import { jose } from './jose.js';
import { createJwtVerifier } from './jwt.js';
import type { JwtVerifierOptions } from './jwt.js';
import { createProxyHeaderSource } from './proxy-header.js';
import { RequestIdentity } from './request-identity.js';
import { SessionSource } from './session.js';
import type { KeyedHash } from './session-actor.js';
import type { IdentityRequest, IdentitySource } from './source.js';
import { createTokenSource } from './token-source.js';

/** Begins to find out who makes a request. Never throws. */
export type IdentityResolver = (request: IdentityRequest) => RequestIdentity;

export interface IdentityOptions extends JwtVerifierOptions {
  /** @default nothing is kept of a session's id */
  readonly hash?: KeyedHash;
}

/** @throws ConfigurationError when a source cannot work as configured */
export function createIdentityResolver(
  config: IdentityConfig,
  options: IdentityOptions = {},
): IdentityResolver {
  const at = config.sources.indexOf('session');
  const sourcesOf = (names: readonly IdentitySourceName[]): readonly IdentitySource[] =>
    names.map((name) => createSource(name, config, options)).filter((source) => source !== undefined);
  const before = sourcesOf(at === -1 ? config.sources : config.sources.slice(0, at));
  const after = sourcesOf(at === -1 ? [] : config.sources.slice(at + 1));
  const sources = [...before, ...after];
  const plan = {
    sources,
    beforeSession: before.length,
    session: at === -1 ? undefined : new SessionSource(config.session, options.hash ?? (() => '')),
    remarking: sources.filter(({ remarks }) => remarks !== undefined),
  };
  return (request) => new RequestIdentity(plan, request);
}

/** Undefined for one that has nothing to go by, and for the session, which is asked otherwise. */
function createSource(
  name: IdentitySourceName,
  config: IdentityConfig,
  options: IdentityOptions,
): IdentitySource | undefined {
  switch (name) {
    case 'jwt':
      if (config.issuers.length > 0) loadLater(jose);
      return createTokenSource(createJwtVerifier(config, options), config.cookie);
    case 'proxy-header':
      if (config.proxy.user === '') return undefined;
      return createProxyHeaderSource(config.proxy, createPeerTrust(config.trustedProxies));
    case 'basic':
      return basicSource;
    case 'client-certificate':
      return createClientCertificateSource(config.certificateNames);
    case 'session':
      return undefined;
  }
}

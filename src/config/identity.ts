import { ConfigurationError } from '../errors.js';
import { CERTIFICATE_NAMES, IDENTITY_SOURCES } from './config.js';
import type { IdentityConfig, ProxyConfig } from './config.js';
import { readIssuers } from './issuers.js';
import type { Values } from './load.js';
import { nearest } from './nearest.js';
import { PREFIX } from './settings.js';
import { atPath } from './sources.js';

/** Source: RFC 9110 section 5.6.2, a field name is a token. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** @throws ConfigurationError naming the setting that is wrong and how to mend it. */
export function readIdentity(values: Values, content: object): IdentityConfig {
  const { flag, list, number, text } = values;
  return {
    sources: knownNames(list('identity.sources'), IDENTITY_SOURCES, 'IDENTITY_SOURCES'),
    issuers: readIssuers(values, atPath(content, 'jwt.issuers')),
    claims: {
      id: text('jwt.claims.id'),
      name: text('jwt.claims.name'),
      roles: text('jwt.claims.roles'),
      tenant: text('jwt.claims.tenant'),
      session: text('jwt.claims.session'),
      impersonator: text('jwt.claims.impersonator'),
    },
    cookie: text('jwt.cookie'),
    dangerouslySkipVerification: flag('jwt.dangerouslySkipVerification'),
    clockToleranceSeconds: number('jwt.clockToleranceSeconds'),
    trustedProxies: list('trustedProxies'),
    proxy: readProxy(values),
    session: {
      user: list('session.user'),
      id: list('session.fields.id'),
      name: list('session.fields.name'),
      roles: list('session.fields.roles'),
      tenant: list('session.fields.tenant'),
      impersonator: list('session.fields.impersonator'),
      cookies: list('session.cookies'),
      callGetters: flag('session.callGetters'),
    },
    certificateNames: knownNames(list('clientCertificate.id'), CERTIFICATE_NAMES, 'CLIENT_CERTIFICATE_ID'),
  };
}

/** A header that anybody could send must never name an actor, so it is refused without a proxy to trust. */
function readProxy(values: Values): ProxyConfig {
  const header = (key: 'user' | 'name' | 'roles' | 'tenant'): string =>
    fieldName(values.text(`proxy.${key}Header`), `PROXY_${key.toUpperCase()}_HEADER`);
  const proxy = {
    user: header('user'),
    name: header('name'),
    roles: header('roles'),
    tenant: header('tenant'),
  };
  const named = (['name', 'roles', 'tenant'] as const).find((key) => proxy[key] !== '');
  if (proxy.user === '' && named !== undefined) {
    throw new ConfigurationError(
      `${PREFIX}PROXY_${named.toUpperCase()}_HEADER says more of a user whom nobody names; set ${PREFIX}PROXY_USER_HEADER.`,
    );
  }
  if (proxy.user !== '' && values.list('trustedProxies').length === 0) {
    throw new ConfigurationError(
      `${PREFIX}PROXY_USER_HEADER is believed from trusted proxies only, and there are none; set ${PREFIX}TRUSTED_PROXIES.`,
    );
  }
  return proxy;
}

function fieldName(name: string, variable: string): string {
  if (name === '' || FIELD_NAME.test(name)) return name.toLowerCase();
  throw new ConfigurationError(
    `${PREFIX}${variable} must be the name of a header, not ${JSON.stringify(name)}.`,
  );
}

function knownNames<const Name extends string>(
  given: readonly string[],
  known: readonly Name[],
  variable: string,
): readonly Name[] {
  const stray = given.find((name) => !(known as readonly string[]).includes(name));
  if (stray !== undefined) {
    const near = nearest(stray, known);
    throw new ConfigurationError(
      `${PREFIX}${variable} has ${JSON.stringify(stray)}; ${near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`}`,
    );
  }
  const twice = given.find((name, index) => given.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigurationError(`${PREFIX}${variable} names "${twice}" twice.`);
  return given as readonly Name[];
}

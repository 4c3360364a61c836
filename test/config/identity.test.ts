import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigurationError } from '../../src/errors.ts';

function load(settings: Readonly<Record<string, string>>) {
  const env = Object.entries(settings).map(([name, value]) => [`AUDIT_REGISTER_${name}`, value]);
  return loadConfig(Object.fromEntries(env), import.meta.dirname).identity;
}

describe('The sources of identity', () => {
  it('are asked in the order given', () => {
    expect(load({}).sources).toEqual(['jwt', 'proxy-header', 'session', 'basic', 'client-certificate']);
    expect(load({ IDENTITY_SOURCES: 'session, jwt' }).sources).toEqual(['session', 'jwt']);
  });

  it.each([
    [{ IDENTITY_SOURCES: 'jwt,sesion' }, /IDENTITY_SOURCES has "sesion"; did you mean "session"\?/],
    [{ IDENTITY_SOURCES: 'jwt,astrology' }, /has "astrology"; there are jwt, proxy-header, session/],
    [{ IDENTITY_SOURCES: 'jwt,jwt' }, /names "jwt" twice/],
    [{ CLIENT_CERTIFICATE_ID: 'cn' }, /CLIENT_CERTIFICATE_ID has "cn"/],
    [{ PROXY_USER_HEADER: 'x-remote-user' }, /set AUDIT_REGISTER_TRUSTED_PROXIES/],
    [{ PROXY_ROLES_HEADER: 'x-groups' }, /set AUDIT_REGISTER_PROXY_USER_HEADER/],
    [
      { PROXY_USER_HEADER: 'x remote', TRUSTED_PROXIES: '::1' },
      /must be the name of a header, not "x remote"/,
    ],
  ])('%j is refused', (settings, message) => {
    expect(() => load(settings)).toThrow(ConfigurationError);
    expect(() => load(settings)).toThrow(message);
  });

  it('take the names of headers in any case', () => {
    const { proxy } = load({ PROXY_USER_HEADER: 'X-Remote-User', TRUSTED_PROXIES: 'loopback' });
    expect(proxy).toEqual({ user: 'x-remote-user', name: '', roles: '', tenant: '' });
  });
});

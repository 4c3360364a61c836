import { describe, expect, it } from 'vitest';
import { createPeerTrust } from '../../src/identity/client-address.ts';
import { createProxyHeaderSource } from '../../src/identity/proxy-header.ts';

const PROXY = '10.0.0.1';
const source = createProxyHeaderSource(
  { user: 'x-remote-user', name: 'x-name', roles: 'x-groups', tenant: 'x-tenant' },
  createPeerTrust(['10.0.0.0/8', '::1']),
);
const ask = (headers: Record<string, string>, remoteAddress?: string, rawHeaders?: readonly string[]) => ({
  headers,
  remoteAddress,
  rawHeaders: rawHeaders ?? Object.entries(headers).flat(),
});

describe('the user whom a proxy names', () => {
  it('is believed with all that is said of him', () => {
    const headers = {
      'x-remote-user': 'ada',
      'x-name': 'Ada Lovelace',
      'x-groups': 'admin, staff',
      'x-tenant': 'acme',
    };
    expect(source.resolve(ask(headers, PROXY))).toMatchObject({
      type: 'user',
      id: 'ada',
      name: 'Ada Lovelace',
      roles: ['admin', 'staff'],
      tenantId: 'acme',
      authMethod: 'proxy',
      assurance: 'trusted',
      problem: '',
    });
    expect(source.remarks?.(ask(headers, PROXY))).toBeUndefined();
  });

  it.each(['::ffff:10.9.9.9', '::1'])('is believed from %s', (address) => {
    expect(source.resolve(ask({ 'x-remote-user': 'ada' }, address))).toMatchObject({ id: 'ada' });
  });

  it.each(['203.0.113.9', '::2', '', undefined])('is not believed from %s, which is remarked', (address) => {
    const request = ask({ 'x-remote-user': 'root', 'x-forwarded-for': PROXY }, address);
    expect(source.resolve(request)).toBeUndefined();
    expect(source.remarks?.(request)).toEqual({ 'audit.actor.ignored_proxy_user': 'root' });
  });

  it.each(['', '   ', '(null)', '-'])('is nobody where the header says %j', (value) => {
    expect(source.resolve(ask({ 'x-remote-user': value }, PROXY))).toBeUndefined();
  });

  it('is nobody without the header', () => {
    expect(source.resolve(ask({}, PROXY))).toBeUndefined();
    expect(source.remarks?.(ask({}, '203.0.113.9'))).toBeUndefined();
  });

  it('is read as UTF-8 where it is that, else as Latin-1', () => {
    const sent = (name: string, encoding: BufferEncoding) => Buffer.from(name, encoding).toString('latin1');
    for (const encoding of ['utf8', 'latin1'] as const)
      expect(source.resolve(ask({ 'x-remote-user': sent('Jürgen', encoding) }, PROXY))).toMatchObject({
        id: 'Jürgen',
      });
  });

  it('is refused where the client’s own header came through beside the proxy’s', () => {
    const raw = ['X-Remote-User', 'root', 'Host', 'x', 'x-remote-user', 'ada'];
    expect(source.resolve(ask({ 'x-remote-user': 'root, ada' }, PROXY, raw))).toMatchObject({
      id: 'root, ada',
      assurance: 'invalid',
      problem: 'header repeated',
    });
  });

  it('may have a comma in a name that came once', () => {
    const name = 'CN=Ada, O=Acme';
    expect(source.resolve(ask({ 'x-remote-user': name }, PROXY))).toMatchObject({
      id: name,
      assurance: 'trusted',
    });
    // HTTP/2 does not show whether it came once.
    const joined = { headers: { 'x-remote-user': name }, remoteAddress: PROXY };
    expect(source.resolve(joined)).toMatchObject({ id: name, assurance: 'invalid' });
  });

  it('is cleaned and cut', () => {
    const value = `a\u0080${'b'.repeat(9_000)}`;
    expect(source.resolve(ask({ 'x-remote-user': value }, PROXY))).toMatchObject({
      id: `a\ufffd${'b'.repeat(253)}…`,
    });
  });
});

import fc from 'fast-check';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { findToken, findUpgradeToken } from '../../src/identity/token.ts';

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

function authorization(value: unknown): IncomingHttpHeaders {
  return { authorization: value } as IncomingHttpHeaders;
}

describe('findToken', () => {
  it.each([
    ['Bearer', `Bearer ${TOKEN}`],
    ['bearer in any case', `bEaReR ${TOKEN}`],
    ['several spaces', `Bearer \t  ${TOKEN}  `],
    ['JWT', `JWT ${TOKEN}`],
    ['jwt in lower case', `jwt ${TOKEN}`],
    ['the bare token', TOKEN],
    ['a list with one header', [`Bearer ${TOKEN}`]],
  ])('takes the token of %s', (_form, value) => {
    expect(findToken(authorization(value), '')).toBe(TOKEN);
  });

  it('takes a bare token without signature and a bare encrypted one, so that neither looks anonymous', () => {
    expect(findToken(authorization('e30.e30.'), '')).toBe('e30.e30.');
    expect(findToken(authorization('a.b.c.d.e'), '')).toBe('a.b.c.d.e');
  });

  it('takes what follows a scheme even when it is no token', () => {
    expect(findToken(authorization('Bearer garbage'), '')).toBe('garbage');
    expect(findToken(authorization('Bearer a b, c'), '')).toBe('a b, c');
    expect(findToken(authorization('Bearer'), '')).toBe('');
  });

  it.each([
    ['Basic', 'Basic YWRhOnNlY3JldA=='],
    ['Digest', 'Digest username="ada"'],
    ['a word that begins like a scheme', 'Bearerish abc'],
    ['an opaque word', 'abcdef'],
    ['two parts', 'abc.def'],
    ['an empty header', ''],
    ['nothing', undefined],
    ['a number', 5],
    ['an object', { bearer: TOKEN }],
    ['a list of nonsense', [null, 5]],
  ])('finds none in %s', (_form, value) => {
    expect(findToken(authorization(value), 'token')).toBeUndefined();
  });

  it.each([
    ['alone', `token=${TOKEN}`],
    ['among others', `a=1; token=${TOKEN}; b=%E0%A4%A`],
    ['in quotes', `token="${TOKEN}"`],
    ['with a scheme', `token=Bearer%20${TOKEN}`],
    ['in a list of headers', ['a=1', `token=${TOKEN}`]],
  ])('takes the token of the configured cookie %s', (_form, cookie) => {
    expect(findToken({ cookie } as IncomingHttpHeaders, 'token')).toBe(TOKEN);
  });

  it('looks at no cookie when none is configured, and at no other cookie', () => {
    expect(findToken({ cookie: `token=${TOKEN}` }, '')).toBeUndefined();
    expect(findToken({ cookie: `xtoken=${TOKEN}; token2=${TOKEN}` }, 'token')).toBeUndefined();
    expect(findToken({ cookie: `a=${TOKEN}` }, '__proto__')).toBeUndefined();
  });

  it('takes a cleared cookie for no token and a garbled one for a token', () => {
    expect(findToken({ cookie: 'token=' }, 'token')).toBeUndefined();
    expect(findToken({ cookie: 'token=garbage' }, 'token')).toBe('garbage');
  });

  it('prefers the header to the cookie unless the header names no token', () => {
    const cookie = 'token=from.cookie.x';
    expect(findToken({ authorization: `Bearer ${TOKEN}`, cookie }, 'token')).toBe(TOKEN);
    expect(findToken({ authorization: 'Bearer', cookie }, 'token')).toBe('from.cookie.x');
    expect(findToken({ authorization: 'Basic YTpi', cookie }, 'token')).toBe('from.cookie.x');
    expect(findToken({ authorization: 'Bearer' }, 'token')).toBe('');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.string(), (header, cookie, name) => {
        const token = findToken({ authorization: header, cookie } as IncomingHttpHeaders, name);
        expect(['string', 'undefined']).toContain(typeof token);
      }),
    );
  });
});

describe('findUpgradeToken', () => {
  const upgrade = { upgrade: 'WebSocket', connection: 'Upgrade' };

  it('takes access_token and token from the query of an upgrade', () => {
    expect(findUpgradeToken(upgrade, `/live?a=1&access_token=${TOKEN}`)).toBe(TOKEN);
    expect(findUpgradeToken(upgrade, `/live?token=${TOKEN}`)).toBe(TOKEN);
    expect(findUpgradeToken(upgrade, '/live?access_token=garbage')).toBe('garbage');
  });

  it('takes no parameter "token" that does not look like a token', () => {
    expect(findUpgradeToken(upgrade, '/reset?token=12345')).toBeUndefined();
    expect(findUpgradeToken(upgrade, '/live?access_token=')).toBeUndefined();
  });

  it('looks at no other request', () => {
    expect(findUpgradeToken({}, `/live?access_token=${TOKEN}`)).toBeUndefined();
    expect(findUpgradeToken({ upgrade: 'h2c' }, `/live?access_token=${TOKEN}`)).toBeUndefined();
    expect(findUpgradeToken(upgrade, '/live')).toBeUndefined();
    expect(findUpgradeToken(upgrade, undefined)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { basicSource } from '../../src/identity/basic.ts';

const encode = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;
const resolve = (authorization: unknown) =>
  basicSource.resolve({ headers: { authorization } as { authorization: string } });

describe('the user name of Basic credentials', () => {
  it.each([
    ['ada', 'ada:secret', 'utf8'],
    ['in UTF-8', 'Žofie:heslo', 'utf8'],
    ['in Latin-1', 'Jürgen:geheim', 'latin1'],
    ['before the first colon', 'ada:se:cr:et', 'utf8'],
    ['with a domain', 'CORP\\ada:secret', 'utf8'],
  ] as const)('is found %s', (_title, credentials, encoding) => {
    const id = credentials.slice(0, credentials.indexOf(':'));
    expect(resolve(encode(credentials, encoding))).toMatchObject({
      type: 'user',
      id,
      authMethod: 'basic',
      assurance: 'claimed',
      problem: '',
    });
  });

  it('is found whatever the case of the scheme', () => {
    expect(resolve(encode('ada:secret').replace('Basic', 'bAsIc  '))).toMatchObject({ id: 'ada' });
  });

  it.each([
    ['no colon', encode('only-a-secret'), 'malformed credentials'],
    ['no base64', 'Basic ####', 'malformed credentials'],
    ['nothing', 'Basic', 'malformed credentials'],
    ['an empty name', encode(':secret'), 'empty user name'],
  ])('is refused with %s, and nothing of it is kept', (_title, authorization, problem) => {
    expect(resolve(authorization)).toMatchObject({ id: '', name: '', assurance: 'invalid', problem });
  });

  it.each(['sk_live_51H:', 'ghp_abcdef:x-oauth-basic', 'k3y-1:X', '1971800d4d82861d:api_token'])(
    'is not kept where it may be a key (%s)',
    (credentials) => {
      const actor = resolve(encode(credentials));
      expect(actor).toMatchObject({ id: '', assurance: 'claimed', problem: 'user name may be a key' });
      expect(JSON.stringify(actor)).not.toContain(credentials.split(':')[0]);
    },
  );

  it('is cleaned and cut', () => {
    expect(resolve(encode('a\u0000\u202eb:x1'))).toMatchObject({ id: 'a\ufffd\ufffdb' });
    expect(resolve(encode(`${'n'.repeat(5_000)}:x1`))).toMatchObject({ id: `${'n'.repeat(255)}…` });
  });

  it.each([undefined, '', 'Bearer x', 'Basically', 'Digest Basic', 42])(
    'is nobody’s without credentials (%s)',
    (authorization) => {
      expect(resolve(authorization)).toBeUndefined();
    },
  );
});

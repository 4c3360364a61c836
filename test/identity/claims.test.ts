import { describe, expect, it } from 'vitest';
import { claimAt, createActorMapper, decodeClaims, textOf } from '../../src/identity/claims.ts';
import type { Claims } from '../../src/identity/claims.ts';
import type { ClaimPaths } from '../../src/config/config.ts';
import { forge, identity } from './tokens.ts';

const DEFAULTS = identity([]).claims;

function actorOf(claims: Claims, paths: Partial<ClaimPaths> = {}) {
  return createActorMapper({ ...DEFAULTS, ...paths })(claims, 'verified', '');
}

describe('claimAt', () => {
  const claims = JSON.parse(`{
    "realm_access": { "roles": ["admin"] },
    "https://example.com/roles": ["editor"],
    "https://example.com/claims": { "tenant": "acme" },
    "resource_access": { "my.client": { "roles": ["buyer"] } },
    "a.b": "literal", "a": { "b": "by path" }, "empty": ""
  }`) as Claims;

  it.each([
    ['realm_access.roles', ['admin']],
    ['https://example.com/roles', ['editor']],
    ['https://example.com/claims.tenant', 'acme'],
    ['resource_access.my.client.roles', ['buyer']],
    ['a.b', 'literal'],
    ['missing, empty, a.b', 'literal'],
    ['realm_access.roles.0', 'admin'],
  ])('finds %s', (path, value) => {
    expect(claimAt(claims, path)).toEqual(value);
  });

  it.each([
    '__proto__',
    'constructor',
    'constructor.name',
    'toString',
    'a.__proto__',
    'a.b.length',
    '',
    '.',
    'x',
  ])('finds nothing at %j', (path) => {
    expect(claimAt(claims, path)).toBeUndefined();
  });

  it('finds a claim that is really called __proto__ without touching any prototype', () => {
    const hostile = JSON.parse('{"__proto__": {"admin": "yes"}}') as Claims;
    expect(claimAt(hostile, '__proto__.admin')).toBe('yes');
    expect(actorOf(hostile, { id: 'admin' }).id).toBe('');
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });
});

describe('textOf', () => {
  it.each([
    [42, '42'],
    [0, '0'],
    [true, 'true'],
    [null, ''],
    [undefined, ''],
    [['a', 1], '["a",1]'],
    [{ id: 7 }, '{"id":7}'],
    ['Zoë 王小明 👩‍🚀', 'Zoë 王小明 👩‍🚀'],
  ])('makes %j the text %j', (value, text) => {
    expect(textOf(value)).toBe(text);
  });

  it('replaces control characters, lone surrogates, line and direction marks', () => {
    expect(textOf('a\u0000b\r\nc\u001b[31md\u007f')).toBe('a�b��c�[31md�');
    expect(textOf('\ud800x')).toBe('�x');
    expect(textOf('ada\u202egnp\u2028')).toBe('ada�gnp�');
  });

  it('keeps 256 characters and cuts longer text visibly, never through a character', () => {
    expect(textOf('x'.repeat(256))).toBe('x'.repeat(256));
    expect(textOf('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`);
    expect(textOf('x'.repeat(254) + '👩'.repeat(5))).toBe(`${'x'.repeat(254)}…`);
    expect(textOf({ long: 'y'.repeat(10_000) })).toHaveLength(256);
  });
});

describe('the actor of a token', () => {
  it('has everything the claims say', () => {
    const actor = actorOf({
      iss: 'https://issuer.example',
      sub: 'ada',
      name: 'Ada Lovelace',
      roles: ['admin', 'buyer', 'admin', 7, '', null],
      tenant: 'acme',
      sid: 's-1',
      jti: 'j-1',
      act: { sub: 'support' },
    });
    expect(actor).toEqual({
      type: 'user',
      id: 'ada',
      name: 'Ada Lovelace',
      roles: ['admin', 'buyer', '7'],
      tenantId: 'acme',
      impersonatorId: 'support',
      sessionId: 's-1',
      authMethod: 'jwt',
      authIssuer: 'https://issuer.example',
      assurance: 'verified',
      problem: '',
    });
  });

  it('takes jti for the session and sub for the id where the configured claims are missing', () => {
    expect(actorOf({ sub: 'ada', jti: 'j-1' }, { id: 'email' })).toMatchObject({
      id: 'ada',
      sessionId: 'j-1',
    });
  });

  it.each([
    ['a list', ['a', 'b'], ['a', 'b']],
    ['a text with spaces', 'a b  c', ['a', 'b', 'c']],
    ['a text with commas', 'a, b,c', ['a', 'b', 'c']],
    ['an object', { a: {}, b: {} }, ['a', 'b']],
    ['a number', 5, ['5']],
    ['null', null, []],
  ])('reads roles from %s', (_form, roles, expected) => {
    expect(actorOf({ roles }).roles).toEqual(expected);
  });

  it('has at most 64 roles', () => {
    expect(actorOf({ roles: Array.from({ length: 5000 }, (_, index) => `r${index}`) }).roles).toHaveLength(
      64,
    );
  });

  it.each([
    ['the grant of Auth0', { sub: 'x@clients', azp: 'x', gty: 'client-credentials' }],
    ['the subject of Auth0', { sub: 'x@clients', azp: 'x' }],
    ['the subject of RFC 9068', { sub: 'billing', client_id: 'billing' }],
    [
      'the account of Keycloak',
      { sub: 'uuid', azp: 'billing', preferred_username: 'service-account-billing' },
    ],
    ['the kind of Entra', { sub: 'uuid', idtyp: 'app' }],
  ])('is a service by %s', (_form, claims) => {
    expect(actorOf(claims).type).toBe('service');
  });

  it.each([
    ['a subject that only ends like a service', { sub: 'eve@clients', azp: 'shop' }],
    ['a client beside the subject', { sub: 'ada', client_id: 'shop', azp: 'shop' }],
    ['neither subject nor client', {}],
    ['a subject that is its authorised party', { sub: 'shop', azp: 'shop' }],
  ])('is a user by %s', (_form, claims) => {
    expect(actorOf(claims).type).toBe('user');
  });
});

describe('decodeClaims', () => {
  it('reads the claims of a token without checking it', () => {
    expect(decodeClaims(forge({ alg: 'none' }, { sub: 'ada' }, ''))).toEqual({ sub: 'ada' });
  });

  it.each(['', 'garbage', 'a.b', 'a.b.c', 'a.b.c.d.e', forge({}, [1]), forge({}, 'text'), forge({}, null)])(
    'finds none in %j',
    (token) => {
      expect(decodeClaims(token)).toBeUndefined();
    },
  );

  it('survives claims that are nested absurdly deep', () => {
    const deep = `{"sub":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const claims = decodeClaims(`e30.${Buffer.from(deep).toString('base64url')}.x`) ?? {};
    expect(actorOf(claims).id.length).toBeLessThanOrEqual(256);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingHttpHeaders } from 'node:http';
import { readLoginAttempt } from '../../src/pipeline/logins/login-attempt.ts';
import type { LoginAttempt } from '../../src/pipeline/logins/login-attempt.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function attemptOf(headers: IncomingHttpHeaders, text: string, ownFields: readonly string[]): LoginAttempt {
  return readLoginAttempt(headers, { text, isCut: false, refusal: '' }, ownFields);
}

describe('the name that was tried', () => {
  it.for<[string, object | string, string]>([
    ['username', { username: 'ada', password: 'x' }, 'ada'],
    ['an e-mail address', { email: 'ada@example.com', password: 'x' }, 'ada@example.com'],
    ['a name of other spelling', { user_name: 'ada', Password: 'x' }, 'ada'],
    ['a number', { phone: 4712345, otp: 1 }, '4712345'],
    ['one name in two fields', { email: 'ada', username: 'ada', password: 'x' }, 'ada'],
    ['a list of one', { email: ['ada'], password: 'x' }, 'ada'],
    ['an object within', { user: { email: 'ada@example.com', password: 'x' } }, 'ada@example.com'],
    ['JSON:API', { data: { attributes: { email: 'a@b.c', password: 'x' } } }, 'a@b.c'],
    ['nobody', { password: 'x' }, ''],
    ['nobody, too deep', { a: { b: { c: { d: { e: { f: { g: { h: { username: 'ada' } } } } } } } } }, ''],
    ['a list', ['ada', 'x'], ''],
    ['broken text', '{"username":"ada"', ''],
    ['nothing', '', ''],
    ['controls', { username: 'a\u0000\u202eb' }, 'a\ufffd\ufffdb'],
  ])('in JSON is found: %s', ([, body, account]) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(attemptOf(JSON_TYPE, text, []).account).toBe(account);
  });

  it.for<[string, string]>([
    ['username=ada&password=x', 'ada'],
    ['user%5Bemail%5D=ada%40example.com&user%5Bpassword%5D=x', 'ada@example.com'],
    ['user.email=ada&user.password=x', 'ada'],
    ['j_username=ada&j_password=x', 'ada'],
    ['login=ada+l&password=x', 'ada l'],
    ['=&&&', ''],
  ])('in the form %s is %s', ([body, account]) => {
    expect(attemptOf(FORM, body, []).account).toBe(account);
  });

  it('is in the fields that were configured, before all others', () => {
    const body = JSON.stringify({ username: 'no', 'badge-no': '4711', pin: 1 });
    expect(attemptOf(JSON_TYPE, body, ['badge-no'])).toMatchObject({ account: '4711', candidates: [] });
    expect(attemptOf(JSON_TYPE, '{"username":"no","badge-no":""}', ['badge-no']).account).toBe('');
  });

  it.for<[string, IncomingHttpHeaders, string, string]>([
    ['another spelling', JSON_TYPE, '{"E-Mail":"ceo","email":"me","password":"x"}', 'email'],
    ['within an object', JSON_TYPE, '{"x":{"email":"ceo"},"email":"me"}', 'email'],
    ['within a form', FORM, 'x[email]=ceo&email=me', 'email'],
    ['outside', FORM, 'email=ceo&user[email]=me', 'user[email]'],
    ['outside, in JSON', JSON_TYPE, '{"email":"ceo","user":{"email":"me"}}', 'user.email'],
    ['a likelier field', FORM, 'username=ceo&email=me', 'email'],
    ['a Basic header', { ...FORM, authorization: `Basic ${btoa('ceo:secret')}` }, 'email=me', 'email'],
  ])('is in the field that was configured, literally: not in %s', ([, headers, body, field]) => {
    expect(attemptOf(headers, body, [field])).toMatchObject({ account: 'me', candidates: [] });
  });

  it.for(['', 'x', 'x-oauth-basic'])(
    'is not the user of a Basic header who may be a key (%s)',
    (password) => {
      const authorization = `Basic ${Buffer.from(`LEAK:${password}`).toString('base64')}`;
      const attempt = attemptOf({ authorization }, '', []);
      expect(attempt).toMatchObject({ account: '', method: 'basic', hasCredentials: true });
    },
  );

  it('is the user of a Basic header where the body has none', () => {
    const authorization = `Basic ${Buffer.from('ada:se:cret').toString('base64')}`;
    expect(attemptOf({ authorization }, '', [])).toMatchObject({ account: 'ada', method: 'basic' });
    const body = 'grant_type=client_credentials';
    expect(attemptOf({ ...FORM, authorization }, body, [])).toMatchObject({
      account: 'ada',
      method: 'oauth',
    });
  });

  it('is no longer than a name', () => {
    const body = JSON.stringify({ username: 'x'.repeat(60_000) });
    expect(attemptOf(JSON_TYPE, body, []).account).toHaveLength(256);
  });
});

describe('of several names that differ, none is taken', () => {
  it.for<[string, IncomingHttpHeaders, string, readonly string[], readonly string[]]>([
    ['spellings', JSON_TYPE, '{"E-Mail":"ceo","email":"me"}', [], ['ceo', 'me']],
    ['objects', JSON_TYPE, '{"x":{"email":"ceo"},"email":"me"}', [], ['me', 'ceo']],
    ['parts of a form', FORM, 'x[email]=ceo&email=me', [], ['me', 'ceo']],
    ['fields', JSON_TYPE, '{"name":"Ada L.","username":"ada"}', [], ['Ada L.', 'ada']],
    ['a form that says it twice', FORM, 'email=ceo&email=me', ['email'], ['ceo', 'me']],
    ['a list in a form', FORM, 'email[]=ceo&email=me', ['email'], ['ceo', 'me']],
    ['numbered', FORM, 'email[0]=ceo&email[1]=me', ['email'], ['ceo', 'me']],
    ['JSON that says it twice', JSON_TYPE, '{"email":"ceo","email":"me"}', ['email'], ['ceo', 'me']],
    ['escaped', JSON_TYPE, '{"em\\u0061il":"ceo","email":"me"}', ['email'], ['ceo', 'me']],
    ['a list in JSON', JSON_TYPE, '{"email":["ceo","me"]}', ['email'], ['ceo', 'me']],
    [
      'a Basic header',
      { ...FORM, authorization: `Basic ${btoa('ceo:secret')}` },
      'email=me',
      [],
      ['me', 'ceo'],
    ],
  ])('%s', ([, headers, body, own, candidates]) => {
    expect(attemptOf(headers, body, own)).toMatchObject({ account: '', candidates });
  });

  it('and of very many some of both ends are kept, cut short', () => {
    const body = Array.from({ length: 900 }, (_, at) => `email=${at}${'x'.repeat(200)}`).join('&');
    const { candidates } = attemptOf(FORM, body, []);
    expect(candidates.map((name) => Number.parseInt(name, 10))).toEqual([0, 1, 2, 3, 896, 897, 898, 899]);
    expect(candidates.every(({ length }) => length === 96)).toBe(true);
  });
});

describe('what is not read may hold credentials', () => {
  const junk = (count: number): string => Array.from({ length: count }, (_, at) => `j${at}=1`).join('&');

  it.for<[string, string, string]>([
    ['application/json; x=urlencoded', '{"email":"me","password":"x"}', 'me'],
    ['application/vnd.api+json', '\ufeff{"email":"me","password":"x"}', 'me'],
    ['application/json', '\ufeff{"email":"me","password":"x"}', 'me'],
    ['application/x-www-form-urlencoded', `${junk(201)}&email=me&password=x`, 'me'],
    ['application/x-www-form-urlencoded; x=json', '{"email":"ceo"}=&email=me&password=x', 'me'],
  ])('%s %s is read', ([type, body, account]) => {
    const attempt = attemptOf({ 'content-type': type }, body, []);
    expect(attempt).toMatchObject({ account, problem: '', hasCredentials: true });
  });

  it.for<[string, IncomingHttpHeaders, string, readonly string[]]>([
    ['no valid JSON', JSON_TYPE, '{"email":"me",', []],
    ['no valid JSON', JSON_TYPE, 'email=me&password=x', []],
    ['too many fields', FORM, `email=ceo&${junk(1_001)}&email=me&password=x`, ['ceo']],
    ['too many fields', JSON_TYPE, JSON.stringify({ email: 'ceo', a: Array(1_001).fill(0) }), ['ceo']],
    [
      'nested too deeply',
      JSON_TYPE,
      `{"email":"ceo","a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      ['ceo'],
    ],
  ])('%s', ([problem, headers, body, candidates]) => {
    const expected = { problem, account: '', candidates, hasCredentials: true, isRenewal: false };
    expect(attemptOf(headers, body, ['email'])).toMatchObject(expected);
  });

  it.for([
    [{ isCut: true, refusal: '' }, 'only its beginning was read'],
    [{ isCut: false, refusal: 'multipart/form-data' }, 'not read: multipart/form-data'],
  ] as const)('%j', ([how, problem]) => {
    const attempt = readLoginAttempt(FORM, { text: 'email=ceo', ...how }, []);
    expect(attempt).toMatchObject({ problem, account: '', candidates: ['ceo'], hasCredentials: true });
  });
});

it.for<[string, boolean]>([
  ['grant_type=refresh_token&refresh_token=r&client_id=c&client_secret=s', true],
  ['grant_type=refresh_token&username=ada&password=x', false],
  ['grant_type=refresh_token&grant_type=password&username=ada', false],
  ['grant_type=password&username=ada&password=x', false],
  ['username=ada', false],
])('%s renews what is there: %s', ([body, isRenewal]) => {
  expect(attemptOf(FORM, body, []).isRenewal).toBe(isRenewal);
});

describe('the way of it', () => {
  it.for<[string, string]>([
    ['username=a&password=x', 'password'],
    ['grant_type=password&username=a&password=x', 'oauth'],
    ['SAMLResponse=PD94', 'saml'],
    ['email=a', ''],
    ['phone=1&otp=2', 'password'],
  ])('%s is "%s"', ([body, method]) => {
    expect(attemptOf(FORM, body, [])).toMatchObject({ method, hasCredentials: method !== '' });
  });
});

it('never throws, and never gives the password away', () => {
  const secret = 'S3CRET-hunter2';
  const key = fc.oneof(fc.constantFrom('user', 'email', '__proto__', 'data'), fc.string());
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), fc.dictionary(key, tie('tree'))),
  }));
  fc.assert(
    fc.property(tree, fc.boolean(), (value, isForm) => {
      const body = JSON.stringify({ deep: value, password: secret, user: { passwd: secret, pin: secret } });
      const attempt = attemptOf(isForm ? FORM : JSON_TYPE, body, []);
      expect(JSON.stringify(attempt)).not.toContain(secret);
    }),
  );
});

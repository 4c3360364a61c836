import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLoginAttempt } from '../../src/pipeline/logins/login-attempt.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the name that was tried', () => {
  it.for<[string, object | string, string]>([
    ['username', { username: 'ada', password: 'x' }, 'ada'],
    ['an e-mail address', { email: 'ada@example.com', password: 'x' }, 'ada@example.com'],
    ['a name of other spelling', { user_name: 'ada', Password: 'x' }, 'ada'],
    ['a number', { phone: 4712345, otp: 1 }, '4712345'],
    ['what is likelier', { name: 'Ada L.', username: 'ada', password: 'x' }, 'ada'],
    ['an object within', { user: { email: 'ada@example.com', password: 'x' } }, 'ada@example.com'],
    ['JSON:API', { data: { attributes: { email: 'a@b.c', password: 'x' } } }, 'a@b.c'],
    ['nobody', { password: 'x' }, ''],
    ['nobody, too deep', { a: { b: { c: { d: { username: 'ada' } } } } }, ''],
    ['a list', ['ada', 'x'], ''],
    ['broken text', '{"username":"ada"', ''],
    ['nothing', '', ''],
    ['controls', { username: 'a\u0000\u202eb' }, 'a\ufffd\ufffdb'],
  ])('in JSON is found: %s', ([, body, account]) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(readLoginAttempt(JSON_TYPE, text, []).account).toBe(account);
  });

  it.for<[string, string]>([
    ['username=ada&password=x', 'ada'],
    ['user%5Bemail%5D=ada%40example.com&user%5Bpassword%5D=x', 'ada@example.com'],
    ['user.email=ada&user.password=x', 'ada'],
    ['j_username=ada&j_password=x', 'ada'],
    ['login=ada+l&password=x', 'ada l'],
    ['=&&&', ''],
  ])('in the form %s is %s', ([body, account]) => {
    expect(readLoginAttempt(FORM, body, []).account).toBe(account);
  });

  it('is in the fields that were configured, before all others', () => {
    const body = JSON.stringify({ username: 'no', 'badge-no': '4711', pin: 1 });
    expect(readLoginAttempt(JSON_TYPE, body, ['badgeNo']).account).toBe('4711');
  });

  it.for(['', 'x', 'x-oauth-basic'])(
    'is not the user of a Basic header who may be a key (%s)',
    (password) => {
      const authorization = `Basic ${Buffer.from(`LEAK:${password}`).toString('base64')}`;
      const attempt = readLoginAttempt({ authorization }, '', []);
      expect(attempt).toMatchObject({ account: '', method: 'basic', hasCredentials: true });
    },
  );

  it('is the user of a Basic header where the body has none', () => {
    const authorization = `Basic ${Buffer.from('ada:se:cret').toString('base64')}`;
    expect(readLoginAttempt({ authorization }, '', [])).toMatchObject({ account: 'ada', method: 'basic' });
    const body = 'grant_type=client_credentials';
    expect(readLoginAttempt({ ...FORM, authorization }, body, [])).toMatchObject({
      account: 'ada',
      method: 'oauth',
    });
  });

  it('is no longer than a name', () => {
    const body = JSON.stringify({ username: 'x'.repeat(60_000) });
    expect(readLoginAttempt(JSON_TYPE, body, []).account).toHaveLength(256);
  });
});

describe('the way of it', () => {
  it.for<[string, string]>([
    ['username=a&password=x', 'password'],
    ['grant_type=password&username=a&password=x', 'oauth'],
    ['SAMLResponse=PD94', 'saml'],
    ['email=a', ''],
    ['phone=1&otp=2', 'password'],
  ])('%s is "%s"', ([body, method]) => {
    expect(readLoginAttempt(FORM, body, [])).toMatchObject({ method, hasCredentials: method !== '' });
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
      const attempt = readLoginAttempt(isForm ? FORM : JSON_TYPE, body, []);
      expect(JSON.stringify(attempt)).not.toContain(secret);
    }),
  );
});

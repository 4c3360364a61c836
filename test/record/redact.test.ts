import { describe, expect, it } from 'vitest';
import { createRedactor, REDACTED } from '../../src/record/redact.ts';

const redactor = createRedactor(['Nickname', 'x-internal']);
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

describe('a key', () => {
  it.for([
    'password',
    'PASSWORD',
    'passwd',
    'pass',
    'pwd',
    'user_password',
    'passwordHash',
    'passphrase',
    'passcode',
    'client_secret',
    'secretKey',
    'token',
    'access_token',
    'refreshToken',
    'id-token',
    'authorization',
    'cookie',
    'set-cookie',
    'credentials',
    'api_key',
    'apiKey',
    'API-Key',
    'private_key',
    'access_key',
    'signature',
    'X-Amz-Signature',
    'sig',
    'auth',
    'jwt',
    'otp',
    'pin',
    'cvv',
    'cvc',
    'ssn',
    'iban',
    'card',
    'card_number',
    'cardNumber',
    'credit-card-no',
    'nickname',
    'NICKNAME',
    'X-Internal',
  ])('"%s" is secret', (key) => {
    expect(redactor.value(key, 'anything')).toBe(REDACTED);
  });

  it.for([
    'name',
    'id',
    'compass',
    'passenger',
    'bypass_lane',
    'author',
    'authorized_by',
    'pinned',
    'shipping',
    'discard',
    'cardinality',
    'design',
    'signal',
    'sessions',
    'status',
    'currency',
    'nick',
    '',
  ])('"%s" is not', (key) => {
    expect(redactor.value(key, 'anything')).toBe('anything');
  });
});

describe('a text', () => {
  it.for([
    ['a JSON Web Token', `of ${JWT} here`, `of ${REDACTED} here`],
    ['a bearer', 'Authorization: Bearer abcdefgh12345678', `Authorization: Bearer ${REDACTED}`],
    ['basic credentials', 'basic dXNlcjpwYXNz', `basic ${REDACTED}`],
    [
      'a private key',
      '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- after',
      `${REDACTED} after`,
    ],
    ['a private key that is cut', '-----BEGIN PRIVATE KEY-----\nMIIEvQ', REDACTED],
    ['a key of AWS', 'AKIAIOSFODNN7EXAMPLE', REDACTED],
    ['a key of Google', `AIza${'x'.repeat(35)}`, REDACTED],
    ['a token of GitHub', 'ghp_0123456789abcdef', REDACTED],
    ['a key of Stripe', 'sk_live_0123456789abcdef', REDACTED],
    ['a card number', 'paid with 4111 1111 1111 1111 today', `paid with ${REDACTED} today`],
    ['a card number with hyphens', '5500-0000-0000-0004', REDACTED],
    [
      'the password of a URL',
      'no route to postgres://app:hunter2@db:5432/shop',
      `no route to postgres://${REDACTED}@db:5432/shop`,
    ],
  ] as const)('loses %s', ([, text, redacted]) => {
    expect(redactor.text(text)).toBe(redacted);
  });

  it.for([
    '4111 1111 1111 1112',
    '2026-11-21 02:01:21.123456',
    '01a1fbd1-e2ee-7e1a-814b-fb717314b16f',
    'https://example.com/a@b',
    'user@example.com',
    'key AKIA too short',
    '1234567890123',
    'the bearer of news',
    '',
  ])('keeps "%s"', (text) => {
    expect(redactor.text(text)).toBe(text);
  });
});

describe('a map', () => {
  it('loses values by name and by shape, and keeps every name', () => {
    const values = {
      password: 'x',
      note: `see ${JWT}`,
      city: 'Bern',
      ['__proto__']: 'kept',
      constructor: 'kept',
    };
    expect(Object.entries(redactor.values(values))).toEqual([
      ['password', REDACTED],
      ['note', `see ${REDACTED}`],
      ['city', 'Bern'],
      ['__proto__', 'kept'],
      ['constructor', 'kept'],
    ]);
  });
});

describe('a query', () => {
  it.for([
    ['a=1&password=x&b=2', `a=1&password=${REDACTED}&b=2`],
    ['pass%77ord=x', `pass%77ord=${REDACTED}`],
    [`next=${JWT}`, `next=${REDACTED}`],
    [`next=%65yJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln`, `next=${REDACTED}`],
    [JWT, REDACTED],
    [`${JWT}=1`, `${REDACTED}=1`],
    ['user[password]=x', `user[password]=${REDACTED}`],
    ['a=%zz&b', 'a=%zz&b'],
    ['&&=&a==', '&&=&a=='],
    ['', ''],
  ] as const)('"%s" becomes "%s"', ([query, redacted]) => {
    expect(redactor.query(query)).toBe(redacted);
  });

  it('of names alone has no values', () => {
    expect(redactor.queryNames('a=1&password=hunter2&a=2&b&=c')).toBe('a=&password=&a=&b&=');
    expect(redactor.queryNames(`${JWT}&${JWT}=1`)).toBe(`${REDACTED}&${REDACTED}=`);
  });
});

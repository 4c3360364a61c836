import { describe, expect, it } from 'vitest';
import { createRedactor, REDACTED } from '../../src/record/redaction/redact.ts';

const redactor = createRedactor(['Nickname', 'x-internal']);
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

describe('a text with settings', () => {
  it.for([
    '[database]\npassword = LEAK\nport = 5432',
    '[database]\npassword="LEAK"\nport = 5432',
    '{ database password=LEAK }',
    '"quoted" password=LEAK',
    'password                          : LEAK',
    'password: |\n  LEAK\n  LEAK\nport: 5432',
    'db:\n  password: >-\n    LEAK\n\n    LEAK\n  port: 5432',
    '<password><![CDATA[LEAK<x>]]></password>',
    '<a><password type="t"><value>LEAK</value><b/></password></a>',
    '<password><value>LEAK',
    '[{"name":"password","value":"LEAK"},{"name":"port","value":5432}]',
    '{"key":"api_key","type":{"name":"a"},"value":["LEAK"]}',
  ])('loses what is secret: %s', (text) => {
    expect(redactor.text(text)).not.toContain('LEAK');
    expect(redactor.body(text)).not.toContain('LEAK');
    if (text.includes('5432')) expect(redactor.text(text)).toContain('5432');
  });
});

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
  it('loses a block string of GraphQL by its name', () => {
    const document = 'mutation { login(password: """a "quoted" s3cret""", pin: "s3cret") { id } }';
    const shown = 'mutation { login(password: """[redacted]""", pin: "[redacted]") { id } }';
    expect(redactor.text(document)).toBe(shown);
    expect(redactor.json(JSON.stringify({ query: document }))).toBe(JSON.stringify({ query: shown }));
    expect(redactor.text('mutation { login(password: """never closed s3cret')).not.toContain('s3cret');
  });

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
    ['a card number behind a plus', '+4111 1111 1111 1111', `+${REDACTED}`],
    ['a card number with hyphens', '5500-0000-0000-0004', REDACTED],
    [
      'the password of a URL',
      'no route to postgres://app:hunter2@db:5432/shop',
      `no route to postgres://${REDACTED}@db:5432/shop`,
    ],
    ['a cookie', 'Cookie: a=x; b=y\nHost: z', `Cookie: ${REDACTED}\nHost: z`],
    ['a digest', 'Authorization: Digest username="ann", response="x"', `Authorization: ${REDACTED}`],
    ['the password of a DSN', "host=db password='a b' port=1", `host=db password='${REDACTED}' port=1`],
    ['an element', '<a:Password b="c">x y</a:Password>', `<a:Password b="c">${REDACTED}</a:Password>`],
    [
      'a part of a form',
      '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--x--',
      `--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n${REDACTED}\r\n--x--`,
    ],
    ['an account number', 'from DE89 3704 0044 0532 0130 00 to', `from ${REDACTED} to`],
  ] as const)('loses %s', ([, text, redacted]) => {
    expect(redactor.text(text)).toBe(redacted);
  });

  it.for([
    '4111 1111 1111 1112',
    '2026-11-21 02:01:21.123456',
    'c88d3959-0699-4533-868b-4f57d9132696-11',
    'span 8a33aad2d52e46089002330875f9fb626',
    '+49 170 59952094',
    '01a1fbd1-e2ee-7e1a-814b-fb717314b16f',
    'https://example.com/a@b',
    'user@example.com',
    'key AKIA too short',
    '1234567890123',
    'the bearer of news',
    'basic principles of auditing',
    'client password must be a string',
    'JsonWebTokenError: jwt expired',
    'password::text',
    'DE88 3704 0044 0532 0130 00',
    '+49 170 1234567 and +49 171 7654321',
    '20261121020121123',
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
    ['code=abc&state=xyz', `code=${REDACTED}&state=xyz`],
    ['code=404', 'code=404'],
    ['password=', 'password='],
    ['next=%2Fcb%3Ftoken%3Dx%26a%3D1', `next=/cb?token%3D${REDACTED}%26a%3D1`],
    ['q=%7B%22pin%22%3A1%7D', `q={"pin":"${REDACTED}"}`],
    ['p%2561ssword=x', `p%2561ssword=${REDACTED}`],
    ['', ''],
  ] as const)('"%s" becomes "%s"', ([query, redacted]) => {
    expect(redactor.query(query)).toBe(redacted);
  });

  it('of names alone has no values', () => {
    expect(redactor.queryNames('a=1&password=hunter2&a=2&b&=c')).toBe('a=&password=&a=&=');
    expect(redactor.queryNames(`${JWT}&${JWT}=1`)).toBe(`${REDACTED}=`);
  });
});

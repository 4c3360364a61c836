import { expect, it } from 'vitest';
import { createRedactor } from '../../src/record/redaction/redact.ts';

const redactor = createRedactor(['shoe_size']);
const redact = (text: string): string => redactor.body(text, true);

it.for([
  ['JSON', '{"a":{"password":"S3CRET"},"b":[{"shoe_size":"S3CRET"}]}'],
  [
    'JSON in a text of JSON',
    JSON.stringify({ log: JSON.stringify({ a: JSON.stringify({ token: 'S3CRET' }) }) }),
  ],
  ['a form in a text of JSON', '{"body":"a=1&password=S3CRET"}'],
  ['GraphQL in JSON', '{"query":"mutation { login(password: \\"S3 \\\\\\" CRET S3CRET\\") }"}'],
  ['JSON that was cut within the secret', '{"a":1,"password":"S3CRET and'],
  ['JSON that was cut behind an escape', '{"a":1,"password":"S3CRET\\'],
  [
    'JSON in a text of JSON that was cut',
    JSON.stringify({ log: '{"a":1,"password":"x \\" S3CRET"}' }).slice(0, -3),
  ],
  ['lines of JSON', '{"a":1}\n{"token":"S3CRET"}\n{"token":"S3CR S3CRET'],
  ['XML', '<r><ns:password kind="x">S3CRET</ns:password><a token="S3CRET"/></r>'],
  ['a list that was cut', '{"tokens":["x","S3CRET'],
  ['a value of a name that is no secret', 'note: "password=S3CRET"'],
  ['settings', 'name: x\npassword: S3CRET\ntoken = "S3CRET S3CRET"'],
  ['a form that is called text', 'user=x&password=S3CRET'],
] as const)('no secret is left in %s', ([, text]) => {
  const redacted = redact(text);
  expect(redacted).not.toContain('S3CRET');
  expect(redacted).toContain('[redacted]');
});

it('no secret is left in a form, whatever it looks like', () => {
  expect(redactor.form('[a]=1&password=S3CRET')).toBe('[a]=1&password=[redacted]');
  expect(redactor.form('{"password":"S3CRET"}')).not.toContain('S3CRET');
});

it('a card number that is a number of JSON goes', () => {
  expect(redact('{"n":4111111111111111}')).toBe('{"n":"[redacted]"}');
});

it.for(['{"a":"b","n":[1,2.5,null,true]}', 'grün', '<a b="c">d</a>', 'x=1&y=2', 'a: b', '', '[]'])(
  'what holds no secret stays as it is: %s',
  (text) => {
    expect(redact(text)).toBe(text);
  },
);

it.for([
  ['words', 'a'.repeat(16_384)],
  ['spaces', 'a '.repeat(8_192)],
  ['names and spaces', `password${' '.repeat(8)}`.repeat(1_000)],
  ['quotes that never end', 'token:"'.repeat(2_300)],
  ['backslashes', 'token:\\"'.repeat(2_000)],
  ['only backslashes', '\\'.repeat(16_000)],
  ['elements', '<a '.repeat(5_000)],
  ['brackets', '['.repeat(16_384)],
  ['members', '{"a":'.repeat(3_200)],
])('hostile text of %s takes no time worth speaking of', ([, text]) => {
  const before = process.cpuUsage();
  redact(text as string);
  const { user } = process.cpuUsage(before);
  expect(user / 1_000).toBeLessThan(1_000);
});

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createHasher } from '../../src/record/redaction/redact-hash.ts';
import { createRedactor, REDACTED } from '../../src/record/redaction/redact.ts';
import { NAMED } from './secrets.ts';

const KEY = 'a key of sixteen bytes and more';
const redactor = createRedactor([], KEY);
const hash = createHasher(KEY);
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

describe('a keyed hash', () => {
  it('is the HMAC-SHA-256 of the value in base64url', () => {
    const expected = createHmac('sha256', KEY).update('hunter2').digest('base64url');
    expect(hash('hunter2')).toBe(`hmac:${expected}`);
    expect(hash('hunter2')).toMatch(/^hmac:[\w-]{43}$/);
  });

  it('is another with another key', () => {
    expect(createHasher(`${KEY}!`)('hunter2')).not.toBe(hash('hunter2'));
  });

  it('is the same for one key as text and as bytes', () => {
    expect(createHasher(Buffer.from(KEY))('hunter2')).toBe(hash('hunter2'));
  });

  it.for([
    ['Bearer abc', 'abc'],
    ['4111 1111 1111 1111', '4111111111111111'],
    ['4111-1111-1111-1111', '4111111111111111'],
  ] as const)('is the same for "%s" and "%s"', ([one, other]) => {
    expect(hash(one)).toBe(hash(other));
  });

  it('is that of the exact value otherwise', () => {
    expect(new Set(['a', 'a ', 'A', '1', '1.0', '1234 5678'].map(hash)).size).toBe(6);
  });

  it.for(NAMED)('stands for the same value ($kind) wherever it was', ({ text }) => {
    const wanted = hash(text);
    const encoded = encodeURIComponent(text);
    expect(redactor.value('password', text)).toBe(wanted);
    expect(redactor.values({ password: text })).toEqual({ password: wanted });
    expect(redactor.query(`a=1&password=${encoded}`)).toBe(`a=1&password=${wanted}`);
    expect(redactor.form(String(new URLSearchParams({ password: text })))).toBe(`password=${wanted}`);
    expect(JSON.parse(redactor.json(JSON.stringify({ a: [{ password: text }] })))).toEqual({
      a: [{ password: wanted }],
    });
    expect(JSON.parse(redactor.body(JSON.stringify({ tokens: [text, 'x'] })))).toEqual({
      tokens: [wanted, hash('x')],
    });
    expect(redactor.path(`/reset/${encoded}`, '/reset/:token')).toBe(`/reset/${wanted}`);
  });

  it('stands for what has a shape, in any text', () => {
    expect(redactor.text(`of ${TOKEN} here`)).toBe(`of ${hash(TOKEN)} here`);
    expect(redactor.text(`Authorization: Bearer ${TOKEN}`)).toBe(`Authorization: Bearer ${hash(TOKEN)}`);
    expect(redactor.text('"token":"abc"')).toBe(`"token":"${hash('abc')}"`);
    expect(redactor.text('postgres://app:p%40ss@db/x')).toBe(`postgres://${hash('p@ss')}@db/x`);
    expect(redactor.query(`next=${TOKEN}`)).toBe(`next=${hash(TOKEN)}`);
    expect(redactor.path(`/tokens/${TOKEN}`)).toBe(`/tokens/${hash(TOKEN)}`);
  });

  it('keeps numbers of JSON as they are written', () => {
    expect(redactor.json('{"pin":12345678901234567890.10}')).toBe(
      `{"pin":"${hash('12345678901234567890.10')}"}`,
    );
  });

  it('is not made of half a value, which it could not find', () => {
    expect(redactor.json('{"password":"hunt')).toBe(`{"password":"${REDACTED}"`);
    expect(redactor.form('password=hunt', true)).toBe(`password=${REDACTED}`);
    expect(redactor.value('password', 'x'.repeat(16_384))).toBe(REDACTED);
  });

  it('is left alone when a record passes again', () => {
    for (const text of ['{"password":"hunter2"}', 'password=hunter2', `Bearer ${TOKEN}`]) {
      const once = redactor.text(text);
      expect(redactor.text(once)).toBe(once);
    }
    const values = redactor.values({ password: 'hunter2' });
    expect(redactor.values(values)).toEqual(values);
  });
});

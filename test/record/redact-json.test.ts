import { describe, expect, it } from 'vitest';
import { createRedactor, REDACTED } from '../../src/record/redaction/redact.ts';

const redactor = createRedactor([]);

describe('a value that is JSON', () => {
  it.each([
    ['{"name":"a","password":"hunter2"}', `{"name":"a","password":"${REDACTED}"}`],
    ['[{"deep":{"api_key":["k"]}}]', `[{"deep":{"api_key":["${REDACTED}"]}}]`],
    [
      '{"name":"a","password":"hunter2","more":"cut he',
      `{"name":"a","password":"${REDACTED}","more":"cut he`,
    ],
    [
      '{"deep":{"token":"abc","x":[{"secret":"y"',
      `{"deep":{"token":"${REDACTED}","x":[{"secret":"${REDACTED}"`,
    ],
    ['{"password":null,"otp":true,"pin":12}', `{"password":null,"otp":true,"pin":"${REDACTED}"}`],
    ['{password: hunter2 hunter2, a: 1}', `{password: "${REDACTED}" "${REDACTED}", a: 1}`],
    ["{'password': 'hunter2', 'a': None}", `{'password': "${REDACTED}", 'a': None}`],
    ['{ 4111 1111 1111 1111 {', `{ ${REDACTED} {`],
    ['{"a":1}\n{"password":"x"}\n', `{"a":1}\n{"password":"${REDACTED}"}\n`],
    [
      '{"query":"mutation { login(password: \\"hunter2\\") { id } }"}',
      `{"query":"mutation { login(password: \\"${REDACTED}\\") { id } }"}`,
    ],
  ])('%s loses what is secret, whole or cut', (text, redacted) => {
    expect(redactor.value('profile', text)).toBe(redacted);
  });
});

describe('free text from anybody', () => {
  it.each([
    'id-eyJhbGciOiJ.eyJzdWIiOiJ.c2ln',
    'x_eyJhbGciOiJ.eyJzdWIiOiJ.',
    'a.eyJhbGciOiJ.eyJzdWIiOiJ.c2ln.b',
  ])('loses the token of %s', (text) => {
    expect(redactor.text(text)).not.toContain('eyJ');
  });

  it.each(['1795839483904327680', '1700000000000'])('keeps the identifier %s', (id) => {
    expect(redactor.text(id)).toBe(id);
  });

  it('loses a card number', () => {
    expect(redactor.text('4111 1111 1111 1111')).toBe(REDACTED);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/record/redaction/redact.ts';
import { anyWraps, leakOf, NAMED, NAMINGS, SECRET_NAMES, SHAPED, WRAPS } from './secrets.ts';
import type { Secret } from './secrets.ts';

const plain = createRedactor([]);
const keyed = createRedactor([], 'a key of sixteen bytes and more');

function wrap(text: string, names: readonly string[]): string {
  return names.reduce((inner, name) => (WRAPS[name] as (inner: string) => string)(inner), text);
}

/** Every way a text can go into a record. */
const READERS = ['text', 'query', 'form', 'json', 'body', 'path', 'name', 'value'] as const;
type Reader = (typeof READERS)[number];

function read(reader: Reader, text: string, redactor = plain): string {
  return reader === 'value' ? redactor.value('note', text) : redactor[reader](text);
}

function expectNoLeak(secret: Secret, reader: Reader, text: string): void {
  for (const redactor of [plain, keyed]) {
    const shown = read(reader, text, redactor);
    expect({ leak: leakOf(secret, shown), shown }).toEqual({ leak: undefined, shown });
  }
}

describe('a secret with a shape', () => {
  it.for(SHAPED.flatMap((secret) => Object.keys(WRAPS).map((name) => [secret.kind, name, secret] as const)))(
    '(%s) is found %s, by every way into a record',
    ([, name, secret]) => {
      for (const reader of READERS) {
        // NOTE: names and routes are no place for sentences, so their readers only know shapes.
        expectNoLeak(secret, reader, wrap(secret.text, [name]));
      }
    },
  );

  it('is found wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SHAPED),
        anyWraps,
        fc.constantFrom<Reader>('text', 'query', 'json', 'body', 'value'),
        fc.string({ maxLength: 20 }),
        (secret, names, reader, around) => {
          const text = wrap(`${around.replaceAll(/[\w.\-+/=$]/g, '')} ${secret.text} ${around}`, names);
          expectNoLeak(secret, reader, text);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('is found in the bytes of a parameter', () => {
    for (const secret of SHAPED) {
      const shown = plain.value('note', `\\x${Buffer.from(`see ${secret.text} here`).toString('hex')}`);
      expect(shown).toMatch(/^see .*\[redacted\].*here$/);
      expect(leakOf(secret, shown)).toBeUndefined();
    }
    expect(plain.value('note', '\\x00ff')).toBe('\\x00ff');
  });

  it.for(SHAPED)('($kind) is not shown by half where a text is cut', (secret) => {
    const text = `before ${secret.text}`;
    for (let end = 1; end <= text.length; end++) {
      for (const redactor of [plain, keyed]) {
        const cut = text.slice(0, end);
        expect(leakOf(secret, redactor.text(cut, true))).toBeUndefined();
        expect(leakOf(secret, redactor.form(`a=1&b=${encodeURIComponent(cut)}`, true))).toBeUndefined();
        expect(
          leakOf(secret, redactor.json(`{"a":${JSON.stringify(cut).slice(0, -1)}`, true)),
        ).toBeUndefined();
      }
    }
  });

  it('is not shown by half at the end of what is looked at', () => {
    for (const secret of SHAPED) {
      for (let before = 16_384 - secret.text.length; before <= 16_384; before += 3) {
        const shown = plain.text(`${'x '.repeat(before / 2)}${secret.text} and more`);
        expect(leakOf(secret, shown)).toBeUndefined();
      }
    }
  });
});

describe('a secret with a name', () => {
  it.for(
    NAMED.flatMap((secret) => Object.keys(NAMINGS).map((naming) => [secret.kind, naming, secret] as const)),
  )('(%s) is found %s', ([, naming, secret]) => {
    for (const name of SECRET_NAMES) {
      const text = (NAMINGS[naming] as (name: string, value: string) => string)(name, secret.text);
      const readers: Reader[] = naming.startsWith('in a query')
        ? ['query', 'form', 'body']
        : ['text', 'body'];
      for (const reader of readers) expectNoLeak(secret, reader, text);
    }
  });

  it('is found in a text within a text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMED),
        fc.constantFrom(...SECRET_NAMES),
        fc.constantFrom('in JSON', 'in JSON, as a list', 'in JSON that is cut'),
        fc.constantFrom(
          'as it is',
          'in JSON',
          'deep in JSON',
          'in a query',
          'wholly percent-encoded',
          'in JSON with escapes',
        ),
        (secret, name, naming, around) => {
          const text = (NAMINGS[naming] as (name: string, value: string) => string)(name, secret.text);
          for (const reader of ['text', 'body'] as const) expectNoLeak(secret, reader, wrap(text, [around]));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

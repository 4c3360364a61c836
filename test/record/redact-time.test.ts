import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/record/redact.ts';

const redactor = createRedactor(['*own*']);
const SHORT = 20_000;
const TIMES_LONGER = 16;

/** Pieces that, repeated, make a bad expression look at the same text again and again. */
const PIECES = [
  'eyJ',
  'eyJ.',
  'eyJhbGciOiJ.',
  '1',
  '1 ',
  '4111 1111 1111 1111 ',
  'a://',
  'a://b:c@',
  '-----BEGIN ',
  '-----BEGIN A-----',
  'Bearer ',
  'Basic YTpi ',
  'password=',
  'password: ',
  'password="',
  'password=[',
  'a=',
  '=',
  '\\',
  '"',
  '\\"',
  '{"a":',
  '{"password":',
  '[',
  '{"a":"',
  '%25',
  '%7b',
  '\\u005c',
  '&a=',
  'a%3D',
  '<a>',
  '<password ',
  'DE89',
  'DE89 ',
  '$2b$12$',
  'key (',
  ' ',
  "'",
  '😀',
];

const READERS = ['text', 'name', 'query', 'form', 'json', 'body', 'path', 'queryNames'] as const;

describe('what anybody may send', () => {
  it.for(PIECES)('costs as much as it is long: %s', (piece) => {
    for (const reader of READERS) {
      const short = piece.repeat(SHORT / piece.length);
      const ratio = millis(reader, short.repeat(TIMES_LONGER)) / Math.max(millis(reader, short), 1);
      // The square of the length would be 256 times as much.
      expect(ratio, reader).toBeLessThan(TIMES_LONGER * 5);
    }
  });

  it('may be nested as deep as it likes', () => {
    const deep = `${'{"a":'.repeat(100_000)}{"password":"hunter2"}${'}'.repeat(100_000)}`;
    expect(redactor.json(deep)).toContain('{"password":"[redacted]"}');
    expect(redactor.json(`{"password":${'['.repeat(100_000)}"hunter2"`)).not.toContain('hunter2');
  });
});

/** The shorter of two runs: a pause of the machine is not what is measured. */
function millis(reader: (typeof READERS)[number], text: string): number {
  const runs = [0, 1].map(() => {
    const started = performance.now();
    redactor[reader](text);
    return performance.now() - started;
  });
  return Math.min(...runs);
}

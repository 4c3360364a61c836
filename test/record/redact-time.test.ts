import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/record/redaction/redact.ts';

const redactor = createRedactor(['*own*']);
const SHORT = 40_000;
const TIMES_LONGER = 16;
/** Less is not measured well. */
const LEAST_MILLIS = 3;

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
  'form-data; name="password"\r\n\r\n',
  'form-data; name="',
  'form-data\n\n',
  '😀',
];

const READERS = ['name', 'query', 'body', 'path'] as const;

describe('what anybody may send', () => {
  it.for(PIECES)('costs as much as it is long: %s', (piece) => {
    for (const reader of READERS) {
      const short = piece.repeat(SHORT / piece.length);
      const ratio =
        millis(reader, short.repeat(TIMES_LONGER)) / Math.max(millis(reader, short), LEAST_MILLIS);
      // The square of the length would be 256 times as much.
      expect(ratio, reader).toBeLessThan(TIMES_LONGER * 6);
    }
  });

  it('may be nested as deep as it likes', () => {
    const deep = `${'{"a":'.repeat(100_000)}{"password":"hunter2"}${'}'.repeat(100_000)}`;
    expect(redactor.json(deep)).toContain('{"password":"[redacted]"}');
    expect(redactor.json(`{"password":${'['.repeat(100_000)}"hunter2"`)).not.toContain('hunter2');
  });
});

/** Time of the processor alone: what else the machine does is not what is measured. */
function millis(reader: (typeof READERS)[number], text: string): number {
  const runs = [0, 1].map(() => {
    const before = process.cpuUsage();
    redactor[reader](text);
    return process.cpuUsage(before).user / 1_000;
  });
  return Math.min(...runs);
}

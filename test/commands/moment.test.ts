import { afterEach, describe, expect, test } from 'vitest';
import { parseDuration, parseMoment } from '../../src/commands/moment.ts';
import { createClock } from '../../src/commands/terminal/times.ts';
import { UsageError } from '../../src/commands/usage-error.ts';

const ZONE = process.env['TZ'];
const NOW = new Date('2026-11-21T12:00:00Z');

function inZone(zone: string): void {
  process.env['TZ'] = zone;
}

afterEach(() => {
  if (ZONE === undefined) delete process.env['TZ'];
  else process.env['TZ'] = ZONE;
});

describe('a time that was given', () => {
  test.each([
    ['2h', '2026-11-21T10:00:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['90s', '2026-11-21T11:58:30.000Z'],
    ['now', '2026-11-21T12:00:00.000Z'],
    ['today', '2026-11-20T23:00:00.000Z'],
    ['yesterday', '2026-11-19T23:00:00.000Z'],
    ['2026-11-01', '2026-10-31T23:00:00.000Z'],
    ['2026-11-01 12:30', '2026-11-01T11:30:00.000Z'],
    ['2026-07-01T12:30:15', '2026-07-01T10:30:15.000Z'],
    ['2026-11-01T12:30:15Z', '2026-11-01T12:30:15.000Z'],
    ['2026-11-01 12:30:15.123 +01:00', '2026-11-01T11:30:15.123Z'],
    ['2026-11-01T12:30:15.123456789+0530', '2026-11-01T07:00:15.123456789Z'],
  ])('%s is %s in Berlin', (text, wanted) => {
    inZone('Europe/Berlin');
    expect(parseMoment('--from', text, { now: NOW })).toBe(wanted);
  });

  test.each([
    ['today', '2026-11-21T00:00:00.000Z'],
    ['yesterday', '2026-11-20T00:00:00.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01 12:30', '2026-11-01T12:30:00.000Z'],
  ])('%s is %s with --utc', (text, wanted) => {
    inZone('Europe/Berlin');
    expect(parseMoment('--from', text, { now: NOW, isUtc: true })).toBe(wanted);
  });

  test('goes by the calendar where a day has 25 hours', () => {
    inZone('Europe/Berlin');
    const now = new Date('2026-10-26T12:00:00Z');
    expect(parseMoment('--from', 'yesterday', { now })).toBe('2026-10-24T22:00:00.000Z');
  });

  test.each([
    '',
    'soon',
    '2026-02-30',
    '2026-13-01',
    '2026-11-01 25:00',
    '2',
    'h',
    '-2h',
    '1e3h',
    'constructor',
  ])('%j is none, and it is said what would be one', (text) => {
    expect(() => parseMoment('--from', text, { now: NOW })).toThrow(UsageError);
    expect(() => parseMoment('--from', text, { now: NOW })).toThrow(/^--from .* is no time\. Give 2026-/);
  });

  test('a duration has a unit', () => {
    expect(['500ms', '2s', '1.5h', '2', 'x'].map(parseDuration)).toEqual([
      500,
      2000,
      5_400_000,
      undefined,
      undefined,
    ]);
  });
});

describe('a time that is shown', () => {
  const time = '2026-11-21T23:30:15.123456789Z';

  test('says its zone, here and in UTC', () => {
    inZone('Asia/Kolkata');
    const [local, utc] = [createClock(false), createClock(true)];
    expect([local.day(time), local.timeOfDay(time), local.full(time)]).toEqual([
      'Sun 2026-11-22 +05:30',
      '05:00:15',
      '2026-11-22 05:00:15.123 +05:30',
    ]);
    expect([utc.day(time), utc.timeOfDay(time), utc.full(time)]).toEqual([
      'Sat 2026-11-21 UTC',
      '23:30:15',
      '2026-11-21 23:30:15.123 UTC',
    ]);
  });

  test('can be given back as it is shown', () => {
    inZone('America/St_Johns');
    expect(parseMoment('--from', createClock(false).full(time))).toBe('2026-11-21T23:30:15.123Z');
  });
});

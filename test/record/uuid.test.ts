import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uuidV4, uuidV5, uuidV7, uuidV7Of } from '../../src/record/uuid.ts';

describe('a UUID of version 7', () => {
  it('has the form of RFC 9562', () => {
    for (let index = 0; index < 10_000; index++)
      expect(uuidV7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('begins with the milliseconds', () => {
    expect(uuidV7(0x017f22e279b0)).toMatch(/^017f22e2-79b0-7/);
    expect(uuidV7(1)).toMatch(/^00000000-0001-7/);
  });

  it('sorts by time', () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => uuidV7(1_700_000_000_000 + index));
    expect([...ids].sort()).toEqual(ids);
  });

  it('is never given twice', () => {
    expect(new Set(Array.from({ length: 100_000 }, () => uuidV7(1))).size).toBe(100_000);
  });

  it('is not given again by a clock that was set back', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => uuidV7(1_700_000_000_000 + (index % 3)));
    expect(new Set(ids).size).toBe(10_000);
  });

  it('counts within a millisecond, and keeps the rest, which is little in the store', () => {
    const [first = '', second = '', later = ''] = [5, 5, 6].map((millis) =>
      uuidV7(1_800_000_000_000 + millis),
    );
    expect([first, second, later].map((id) => id.slice(15, 18))).toEqual(['000', '001', '000']);
    expect(second.slice(18)).toBe(first.slice(18));
    expect(later.slice(18)).toBe(first.slice(18));
  });

  it('is of another process with other bits', () => {
    const program = `console.log(require(${JSON.stringify(join(import.meta.dirname, '../../dist/record/uuid.js'))}).uuidV7(1))`;
    const ids = [1, 2].map(() =>
      execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }).trim(),
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids.map((id) => id.slice(0, 18))).toEqual(Array(2).fill('00000000-0001-7000'));
  });
});

it('a UUID of version 4 has the form of RFC 9562', () => {
  expect(uuidV4()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('Version 5 is that of the standard', () => {
  // Source: RFC 9562, appendix A.4: the DNS namespace and www.example.com.
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
});

it('Version 7 of a name is the same for the same time and name alone', () => {
  const uuid = uuidV7Of(1_777_863_721_123, 'a');
  expect(uuid).toMatch(/^019df0ef-80a3-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(uuidV7Of(1_777_863_721_123, 'a')).toBe(uuid);
  expect(uuidV7Of(1_777_863_721_123, 'b')).not.toBe(uuid);
  expect(uuidV7Of(0, 'a')).toMatch(/^00000000-0000-7/);
});

import { describe, expect, it } from 'vitest';
import { uuidV4, uuidV7 } from '../../src/record/uuid.ts';

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
});

it('a UUID of version 4 has the form of RFC 9562', () => {
  expect(uuidV4()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import type { Column } from '../../src/record/columns.ts';
import { applyLimits, LIMITS, LISTS, MAPS } from '../../src/record/limits.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { storedRecord } from './records.ts';

function limited(values: Partial<AuditRecord>): AuditRecord {
  const record = storedRecord(values);
  applyLimits(record);
  return record;
}

describe('limits', () => {
  it('leave alone what fits', () => {
    const values = {
      url_path: 'p'.repeat(2_048),
      actor_roles: Array<string>(256).fill('r'),
      new_values: { note: 'n'.repeat(1_024) },
    };
    expect(limited(values)).toMatchObject({ ...values, truncated: [] });
  });

  it('cut texts and name them', () => {
    const record = limited({
      url_path: 'p'.repeat(2_049),
      user_agent: 'u'.repeat(10_000),
      actor_id: 'a'.repeat(300),
    });
    expect([record.url_path.length, record.user_agent.length, record.actor_id.length]).toEqual([
      2_048, 512, 256,
    ]);
    expect([...record.truncated].sort()).toEqual(['actor_id', 'url_path', 'user_agent']);
  });

  it('do not cut through a character', () => {
    const record = limited({ url_path: `${'p'.repeat(2_047)}😀😀` });
    expect(record.url_path).toBe('p'.repeat(2_047));
    expect(limited({ url_path: `${'p'.repeat(2_046)}😀` }).url_path.endsWith('😀')).toBe(true);
  });

  it('cut lists in their length and in their items', () => {
    const record = limited({
      actor_roles: Array<string>(10_000).fill('r'),
      target_ids: ['x'.repeat(5_000), 'y'],
    });
    expect(record.actor_roles).toHaveLength(256);
    expect(record.target_ids.map((id) => id.length)).toEqual([1_024, 1]);
    expect(record.truncated).toEqual(['actor_roles', 'target_ids']);
  });

  it('cut maps in their length, their names and their values', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`c${index}`, 'v']));
    const record = limited({
      new_values: many,
      attributes: { ['n'.repeat(2_000)]: 'v', note: 'x'.repeat(2_000) },
    });
    expect(Object.keys(record.new_values)).toHaveLength(256);
    expect(Object.entries(record.attributes).map(([name, value]) => [name.length, value.length])).toEqual([
      [1_024, 1],
      [4, 1_024],
    ]);
    expect(record.truncated).toEqual(['new_values', 'attributes']);
  });

  it('add to what has been truncated before', () => {
    expect(limited({ truncated: ['new_values'], actor_id: 'a'.repeat(300) }).truncated).toEqual([
      'new_values',
      'actor_id',
    ]);
  });

  it.for([
    ...Object.entries({ ...LIMITS, ...LISTS }).map(([name, most]) => [name, 'x'.repeat(most + 1)] as const),
    ...MAPS.map((name) => [name, 'x'.repeat(1_025)] as const),
  ])('go for %s alone, too', ([name, text]) => {
    const { type } = COLUMNS.find((column) => column.name === name) as Column;
    const value = type.startsWith('Map') ? { a: text } : type.startsWith('Array') ? [text] : text;
    expect(limited({ [name]: value }).truncated).toEqual([name]);
  });
});

import { describe, expect, it } from 'vitest';
import { createGuard } from '../../src/guard.ts';
import { createLog } from '../../src/log.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import { createRecordHook } from '../../src/pipeline/record-hook.ts';
import type { AuditRecord } from '../../src/record/record.ts';

const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });

function run(beforeRecord: (record: AuditRecord) => unknown) {
  const lines: string[] = [];
  const guard = createGuard(createLog('warn', (line) => lines.push(line)));
  const hook = createRecordHook(beforeRecord as (record: AuditRecord) => AuditRecord | null, guard);
  const record = structuredClone({ ...blank(), actor_id: 'alice', attributes: { a: '1' } });
  const before = structuredClone(record);
  return { record: before, results: [hook(record), hook(record)], lines, failures: guard.failures() };
}

describe('beforeRecord', () => {
  it('may change a record', () => {
    const { results, lines } = run((record) => ({ ...record, actor_id: 'bob' }));
    expect(results.map((result) => result?.actor_id)).toEqual(['bob', 'bob']);
    expect(lines).toEqual([]);
  });

  it('may leave it out', () => {
    expect(run(() => null).results).toEqual([null, null]);
  });

  it.each<[string, (record: AuditRecord) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('oops');
      },
    ],
    ['forgets its return', () => {}],
    ['is asynchronous', async (record) => record],
    ['is asynchronous and rejects', () => Promise.reject(new Error('late'))],
    ['makes a text a number', (record) => ({ ...record, actor_id: 7 })],
    ['takes a column away', (record) => ({ ...record, actor_id: undefined })],
    ['puts a number into a map', (record) => ({ ...record, attributes: { a: 1 } })],
    ['makes a map a list', (record) => ({ ...record, attributes: ['a'] })],
    ['gives a time that no column holds', (record) => ({ ...record, occurred_at: 2n ** 64n })],
    [
      'changes a map and then throws',
      (record) => {
        (record.attributes as Record<string, string>)['a'] = 'changed';
        throw new Error('oops');
      },
    ],
    [
      'gives back a getter that throws',
      (record) =>
        Object.defineProperty({ ...record }, 'actor_id', {
          get: () => {
            throw new Error('oops');
          },
        }),
    ],
  ])('parity B17: that %s loses nothing, is counted, and is told of once', (_, beforeRecord) => {
    const { record, results, lines, failures } = run(beforeRecord);
    expect(results).toEqual([record, record]);
    expect(failures).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('beforeRecord');
  });

  it('cannot forge what other records and their order hang on', () => {
    const { record, results } = run((given) => ({
      ...given,
      record_id: 'forged',
      recorded_at: 1n,
      request_id: 'forged',
      chain_id: 'forged',
      sequence: 7,
    }));
    for (const result of results) {
      expect(result).toMatchObject({ record_id: record.record_id, recorded_at: record.recorded_at });
      expect(result).toMatchObject({ request_id: record.request_id });
      expect(result).not.toHaveProperty('chain_id');
      expect(result).not.toHaveProperty('sequence');
    }
  });

  it('cannot change a record after it gave it back', () => {
    let kept: { attributes: Record<string, string> } | undefined;
    const { results } = run((given) => (kept = { ...given, attributes: { a: '2' } }));
    (kept as NonNullable<typeof kept>).attributes['a'] = '3';
    expect(results[1]?.attributes).toEqual({ a: '2' });
  });

  it('cannot make a record longer than its columns', () => {
    const { results } = run((given) => ({ ...given, actor_id: 'x'.repeat(1_000_000) }));
    expect(results[0]?.actor_id).toHaveLength(256);
    expect(results[0]?.truncated).toEqual(['actor_id']);
  });

  it('that records something itself does not come back to itself', () => {
    const guard = createGuard(createLog('silent'));
    let calls = 0;
    const hook = createRecordHook((record) => {
      calls += 1;
      return hook({ ...record, actor_id: 'inner' });
    }, guard);
    expect(hook(blank())?.actor_id).toBe('inner');
    expect(calls).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import { createRecordHook } from '../../src/pipeline/record-hook.ts';
import type { AuditRecord } from '../../src/record/record.ts';

const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });

function run(beforeRecord: (record: AuditRecord) => unknown) {
  const lines: string[] = [];
  const log = createLog('warn', (line) => lines.push(line));
  const hook = createRecordHook(beforeRecord as (record: AuditRecord) => AuditRecord | null, log);
  const record = { ...blank(), actor_id: 'alice' };
  return { record, results: [hook(record), hook(record)], lines };
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
  ])('that %s loses nothing, and is told of once', (_, beforeRecord) => {
    const { record, results, lines } = run(beforeRecord);
    expect(results).toEqual([record, record]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('beforeRecord');
  });
});

import { describe, expect, it } from 'vitest';
import { Operations } from '../../src/pipeline/operations.ts';
import { operationsOf } from '../../src/record/operations.ts';

const error = { type: 'CODE', message: 'message' };

describe('the operations of a request', () => {
  it('are nothing where none was asked for', () => {
    const operations = new Operations();
    expect([operations.attributes, operations.failure]).toEqual([{}, undefined]);
  });

  it('keep one that was denied before one that failed, and the first of each', () => {
    const operations = new Operations();
    operations.fail('query', { outcome: 'failure', names: ['one'], error });
    operations.fail('query', { outcome: 'denied', names: ['two'], error: { ...error, type: 'FIRST' } });
    operations.fail('query', { outcome: 'denied', names: ['three'], error: { ...error, type: 'SECOND' } });
    expect(operations.failure).toMatchObject({ outcome: 'denied', error: { type: 'FIRST' } });
  });

  it.each(['two, names', 'a name', 'x'.repeat(129), ''])('know no name like %j', (name) => {
    const operations = new Operations();
    operations.note({ type: 'query', names: [name] });
    expect(operationsOf(operations.attributes)).toEqual(['unknown']);
  });

  it('stay small however many there are, and say that there were more', () => {
    const operations = new Operations();
    for (let index = 0; index < 5_000; index += 1) {
      operations.note({
        type: 'query',
        names: [`name${index}`],
        attributes: { 'graphql.operation.name': `chosen${index}` },
      });
    }
    const { attributes } = operations;
    expect(operationsOf(attributes)).toHaveLength(1_025);
    expect(operationsOf(attributes).at(-1)).toBe('unknown');
    expect(attributes['graphql.operation.name']?.split(', ')).toHaveLength(64);
    expect(attributes['audit.operations.count']).toBe('5000');
  });
});

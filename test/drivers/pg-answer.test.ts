import { describe, expect, it } from 'vitest';
import { readError, readResults } from '../../src/capture/pg/pg-answer.ts';

const unreadable = {
  get: () => {
    throw new Error('must not be read');
  },
};

describe('an error', () => {
  it('of PostgreSQL keeps what it says of its cause', () => {
    const error = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (id)=(1) already exists.',
      schema: 'public',
      table: 'users',
      column: undefined,
      constraint: 'users_pkey',
    });
    expect(readError(error)).toEqual({
      type: '23505',
      message: 'duplicate key',
      detail: 'Key (id)=(1) already exists.',
      schema: 'public',
      table: 'users',
      constraint: 'users_pkey',
    });
  });

  it.for([
    [new TypeError('plain'), 'TypeError', 'plain'],
    [Object.defineProperty(new RangeError('x'), 'message', unreadable), 'RangeError', ''],
    [Object.defineProperties({}, { code: unreadable, name: unreadable, message: unreadable }), 'error', ''],
    [new Proxy(new Error('x'), { get: unreadable.get, getPrototypeOf: unreadable.get }), 'error', ''],
    [{ code: 17, message: { toString: unreadable.get } }, '17', ''],
    ['a text', 'error', 'a text'],
    [42, 'error', '42'],
    [null, 'error', ''],
    [undefined, 'error', ''],
    [Symbol('odd'), 'error', ''],
    [{ message: 'x'.repeat(10_000) }, 'error', 'x'.repeat(4_096)],
  ] as const)('may be anything: %#', ([error, type, message]) => {
    expect(readError(error)).toEqual({ type, message });
  });
});

describe('an answer', () => {
  const none = { command: '', rowCount: 0, rows: [], fields: [] };

  it.for([
    [undefined, [none]],
    [null, [none]],
    [[], []],
    [17, [none]],
    [
      { command: 'INSERT', rowCount: 2, rows: [{}], fields: [{ name: 'id' }] },
      [{ command: 'INSERT', rowCount: 2, rows: [{}], fields: [{ name: 'id' }] }],
    ],
    [
      [{ command: 'BEGIN', rowCount: null }, { command: null }],
      [{ ...none, command: 'BEGIN' }, none],
    ],
    [Object.defineProperties({}, { rows: unreadable, command: unreadable }), [none]],
    [new Proxy({}, { get: unreadable.get, getOwnPropertyDescriptor: unreadable.get }), [none]],
    [
      {
        command: { toString: unreadable.get },
        rowCount: 'many',
        rows: 'none',
        fields: new Proxy([], unreadable),
      },
      [none],
    ],
  ] as const)('may be anything: %#', ([answer, results]) => {
    expect(readResults(answer)).toEqual(results);
  });
});

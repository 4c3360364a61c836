import { expect, test } from 'vitest';
import { fieldChanges } from '../../src/search/field-changes.ts';
import type { Write } from '../../src/search/field-changes.ts';

function write(values: Partial<Write>): Write {
  return {
    recordId: 'one',
    object: ['production', 'postgresql', 'shop', 'orders'],
    action: 'update',
    ending: 'applied',
    changed: Object.keys(values.newValues ?? {}),
    newValues: {},
    oldValues: {},
    ...values,
  };
}

function lastOf(...writes: Partial<Write>[]): unknown {
  return fieldChanges(writes.map((values, index) => write({ recordId: String(index), ...values }))).get(
    String(writes.length - 1),
  );
}

const created = { action: 'create', newValues: { status: 'open' } };

test('what was there before is what the last write left', () => {
  expect(lastOf(created, { newValues: { status: 'paid' } })).toEqual([
    { field: 'status', before: 'open', after: 'paid' },
  ]);
});

test('what the statement itself knew counts more', () => {
  expect(lastOf(created, { newValues: { status: 'paid' }, oldValues: { status: 'held' } })).toEqual([
    { field: 'status', before: 'held', after: 'paid' },
  ]);
});

test('a creation has nothing before it, whatever had the key earlier', () => {
  expect(lastOf(created, created)).toEqual([{ field: 'status', after: 'open' }]);
});

test('an attempt that did not last is told, and leaves nothing', () => {
  const attempt = { ending: 'rolled_back', newValues: { status: 'refunded' } };

  expect(lastOf(created, attempt)).toEqual([{ field: 'status', before: 'open', after: 'refunded' }]);
  expect(lastOf(created, attempt, { newValues: { status: 'paid' } })).toEqual([
    { field: 'status', before: 'open', after: 'paid' },
  ]);
});

test('behind a write of which nobody knows whether it lasted, nobody knows what was there', () => {
  expect(
    lastOf(created, { ending: 'unknown', newValues: { status: 'x' } }, { newValues: { status: 'y' } }),
  ).toEqual([{ field: 'status', after: 'y' }]);
});

test('a value that the database computed is not known afterwards', () => {
  expect(lastOf(created, { changed: ['status'] }, { newValues: { status: 'y' } })).toEqual([
    { field: 'status', after: 'y' },
  ]);
});

test('a deletion ends all that was known', () => {
  expect(lastOf(created, { action: 'delete', oldValues: { total: '9' } })).toEqual([
    { field: 'total', before: '9' },
    { field: 'status', before: 'open' },
  ]);
  expect(lastOf(created, { action: 'delete' }, { newValues: { status: 'y' } })).toEqual([
    { field: 'status', after: 'y' },
  ]);
});

test('a field with a name of JavaScript is a field like any other', () => {
  expect(lastOf({ changed: ['constructor', '__proto__'] })).toEqual([
    { field: 'constructor' },
    { field: '__proto__' },
  ]);
});

test.each([
  ['environment', ['staging', 'postgresql', 'shop', 'orders']],
  ['system', ['production', 'mysql', 'shop', 'orders']],
  ['database', ['production', 'postgresql', 'copy', 'orders']],
  ['schema', ['production', 'postgresql', 'shop', 'archive.orders']],
])('the row of the same key in another %s was never in this one', (_where, object) => {
  const other = { object, newValues: { status: 'test' } };
  const changes = lastOf(created, other, { object, action: 'delete' }, { newValues: { status: 'paid' } });

  expect(changes).toEqual([{ field: 'status', before: 'open', after: 'paid' }]);
});

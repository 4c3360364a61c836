import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import type { RecordRow } from '../support/preloaded.ts';
import { runCases } from './case-runs.ts';

const require = createRequire(import.meta.url);
const names = Object.keys(require('./fixtures/meaning-cases.cjs') as object);
const run = runCases(names);

/** Records of a case without those of the text that prepares it. */
function records(name: string): readonly RecordRow[] {
  const { records: all } = run(name);
  const last = all.findLastIndex(({ db_statement }) => db_statement.startsWith('insert into invoices'));
  expect(last).toBeGreaterThan(0);
  return all.slice(last + 1);
}

test.each(names)('%s: the application sees exactly what it sees without us', (name) => {
  const { seen, seenBare } = run(name);
  expect(seen).toEqual(seenBare);
});

test('parity B5: every write of a statement is a record, and of the inner ones nobody knows the number of rows', () => {
  expect(records('cteWrites')).toMatchObject([
    { action: 'create', target_type: 'archive', target_tables: ['archive', 'stock'], db_rows: 1 },
    {
      action: 'delete',
      target_type: 'stock',
      target_id: 'a,1',
      db_rows: 0,
      attributes: { 'audit.sql.rows': 'unknown' },
    },
  ]);
});

test('an upsert is a merge with the values that are sure, and the key that its table was made with', () => {
  expect(records('upsert')).toMatchObject([
    {
      action: 'merge',
      target_type: 'stock',
      target_id: 'b,1',
      changed_fields: ['sku', 'shop', 'pieces'],
      new_values: { pieces: '70' },
    },
  ]);
});

test('an upsert has no value that it may not have set', () => {
  expect(records('otherRow')).toMatchObject([
    {
      action: 'merge',
      target_ids: ['b,1', 'z,1'],
      changed_fields: ['sku', 'shop', 'pieces'],
      new_values: {},
    },
  ]);
});

test('a row that an EXECUTE finds by a computed argument has no name', () => {
  const moved = records('computedArgument').filter(({ action }) => ['create', 'delete'].includes(action));
  expect(moved).toMatchObject([
    { action: 'create', target_type: 'archive', db_rows: 1, target_id: '' },
    { action: 'delete', target_type: 'invoices', target_id: '', target_ids: [] },
  ]);
});

test('a key is learnt of the table that a name means, and from what was kept', () => {
  const deletes = records('lessons').filter(({ action }) => action === 'delete');
  expect(
    deletes.map(({ target_id, attributes }) => [target_id, attributes['postgresql.search_path']]),
  ).toEqual([
    ['1', undefined],
    ['2', undefined],
    ['3', 'public'],
    ['A', 'r2'],
    ['3', undefined],
  ]);
});

test('who called a function is asked by its name; what only reads is no call', () => {
  expect(
    records('calls').map(({ action, target_type, target_tables }) => [action, target_type, target_tables]),
  ).toEqual([
    ['call', 'pay_invoice', ['pay_invoice']],
    ['call', 'report_total', ['report_total']],
    ['read', 'invoices', ['invoices']],
  ]);
});

test('a key that is not called id is learnt from the definition of its table', () => {
  expect(records('ownKey')).toMatchObject([{ action: 'update', target_type: 'invoices', target_id: 'i2' }]);
});

test('many rows have what they share and a list of what they do not', () => {
  expect(records('manyRows')).toMatchObject([{ new_values: { sku: '["x","y"]', shop: '1' }, db_rows: 2 }]);
});

test('a text of a megabyte has its action, its table and its first rows', () => {
  expect(records('longText')).toMatchObject([
    {
      action: 'create',
      target_type: 'archive',
      changed_fields: ['sku', 'shop'],
      db_rows: 60_000,
      attributes: { 'audit.sql.inserted_rows': '60000' },
    },
  ]);
});

test('after a text that breaks the parser the next statement is read as ever', () => {
  const [broken, next] = records('brokenParser');
  expect(broken).toMatchObject({ action: 'other', target_type: '' });
  expect(broken?.attributes['audit.sql.problem']).not.toBe('');
  expect(next).toMatchObject({ action: 'delete', target_type: 'stock', target_id: 'c,2', db_rows: 1 });
});

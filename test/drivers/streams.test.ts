import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { runCases } from './case-runs.ts';

const require = createRequire(import.meta.url);
const names = Object.keys(require('./fixtures/stream-cases.cjs') as object);
const run = runCases(names);

test.each(names)('%s: the application sees exactly what it sees without us', (name) => {
  const { seen, seenBare } = run(name);
  expect(seen).toEqual(seenBare);
});

test.each([
  ['cursorToItsEnd', 'read', 'success', 25, ''],
  ['cursorClosedEarly', 'read', 'success', 10, ''],
  ['cursorNeverRead', 'update', 'unknown', 0, ''],
  ['cursorWrite', 'update', 'success', 1, ''],
  ['cursorWriteClosedEarly', 'create', 'success', 0, ''],
  ['cursorError', 'update', 'failure', 0, '42P01'],
  ['queryStream', 'read', 'success', 20, ''],
  ['queryStreamDestroyed', 'read', 'success', 20, ''],
  ['queryStreamError', 'read', 'failure', 0, '22012'],
  ['copyTo', 'copy_out', 'success', 20, ''],
  ['copyFrom', 'copy_in', 'success', 3, ''],
  ['copyFromError', 'copy_in', 'failure', 0, '22P02'],
  ['copyFromAborted', 'copy_in', 'failure', 0, '57014'],
  ['submittableCallback', 'update', 'success', 1, ''],
])('%s: a %s with outcome %s and %i rows', (name, action, outcome, rows, type) => {
  const [first] = run(name).records;
  expect(first).toMatchObject({ action, outcome, db_rows: rows, error_type: type });
  expect(run(name).records.filter(({ db_statement }) => db_statement === first?.db_statement)).toHaveLength(
    1,
  );
});

test('a COPY names its table and columns', () => {
  expect(run('copyFrom').records[0]).toMatchObject({ target_type: 'notes', changed_fields: ['text'] });
});

test('a cursor keeps the values and the key it was given', () => {
  expect(run('cursorWrite').records[0]).toMatchObject({ target_id: '1', new_values: { age: '91' } });
});

test('of a write whose cursor was closed early nobody knows how many rows it wrote', () => {
  expect(run('cursorWriteClosedEarly').records[0]?.attributes).toMatchObject({ 'audit.sql.rows': 'unknown' });
});

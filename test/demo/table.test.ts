import { expect, test } from 'vitest';
import type { RegisterRow } from '../../examples/demo/register-rows.ts';
import { toSentences } from '../../examples/demo/sentence.ts';
import { formatTable } from '../../examples/demo/table.ts';

const REQUEST: RegisterRow = {
  occurred_at: '2026-11-21T12:04:31.000000000Z',
  category: 'http',
  action: 'delete',
  outcome: 'success',
  actor_type: 'user',
  actor_id: 'user-1',
  actor_name: 'alice',
  actor_assurance: 'verified',
  source_address: '::ffff:10.1.2.3',
  trace_id: 'a',
  correlation_id: 'r-1',
  target_type: 'route',
  target_id: '/orders/:id',
  http_method: 'DELETE',
  http_route: '/orders/:id',
  url_path: '/orders/1042',
  http_status: 204,
  db_rows: 0,
  transaction_outcome: '',
};
const CHANGE: RegisterRow = {
  ...REQUEST,
  category: 'db',
  target_type: 'orders',
  target_id: '1042',
  http_status: 0,
  db_rows: 1,
  transaction_outcome: 'autocommit',
};

function lineOf(rows: readonly RegisterRow[], width = 140, colours = false): string {
  return formatTable(toSentences(rows), { width, colours }).slice(1).join('\n');
}

test('a change is a sentence with the request that caused it', () => {
  expect(lineOf([REQUEST, CHANGE]).slice(8).split(/ {2,}/).slice(1)).toEqual([
    '✓ alice',
    'deleted',
    'orders / 1042',
    'committed',
    'DELETE /orders/:id → 204',
    '10.1.2.3',
    '✓ verified',
  ]);
});

test('a request that changed nothing is a sentence of its own, with what was tried', () => {
  const line = lineOf([{ ...REQUEST, http_status: 403, outcome: 'denied' }]);

  expect(line).toMatch(/✓ alice +tried to delete +\/orders\/1042 +denied +DELETE \/orders\/:id → 403/);
});

test('a change that was rolled back and one of many rows say so', () => {
  const line = lineOf([{ ...CHANGE, transaction_outcome: 'rolled_back', target_id: '', db_rows: 3 }]);

  expect(line).toMatch(/orders \(3 rows\) +rolled back/);
});

test.each([80, 100, 120, 140, 200])('no line is longer than a terminal of %i columns', (width) => {
  const long = { ...REQUEST, actor_name: 'a'.repeat(300), url_path: `/${'x'.repeat(300)}`, http_route: '' };

  for (const line of formatTable(toSentences([long, CHANGE]), { width, colours: false })) {
    expect([...line].length).toBeLessThanOrEqual(width);
  }
  expect(lineOf([long], width)).toContain('…');
});

test('parity B16: colours are there only when asked for, and what a record says is never obeyed', () => {
  const hostile = { ...REQUEST, actor_name: '\u001b[2J', outcome: 'denied', http_status: 403 };

  expect(lineOf([hostile])).not.toContain('\u001b');
  expect(lineOf([hostile], 140, true)).toContain('\u001b[33mdenied');
  expect(lineOf([hostile], 140, true)).toContain('✓ �[2J');
});

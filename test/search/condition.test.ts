import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { conditionOf } from '../../src/search/condition.ts';
import { SearchError } from '../../src/search/errors.ts';
import { FIELDS } from '../../src/search/fields.ts';
import { writeTerm } from '../../src/search/write-term.ts';
import { createStoreClient } from '../../src/store/client.ts';
import type { ClickHouseClient } from '../../src/store/client.ts';
import { queryRows } from '../../src/store/query-rows.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { SNEAKY, seedHistory } from '../support/seeded-history.ts';

const store = useClickHouse();
let client: ClickHouseClient;
let total: number;

beforeAll(async () => {
  await seedHistory(store());
  client = createStoreClient(store().config('audit_reader'));
  total = await count('');
});

/** How many records a search finds. */
async function count(text: string): Promise<number> {
  const { sql, parameters } = conditionOf({ text, from: '', to: '' }, 'audit');
  const rows = await queryRows<{ found: number }>(
    client,
    `SELECT toUInt32(count()) AS found FROM audit.unique_records WHERE ${sql}`,
    parameters,
  );
  return rows[0]?.found ?? Number.NaN;
}

test('no text of a reader is ever in the SQL', () => {
  fc.assert(
    fc.property(fc.constantFrom(...FIELDS), fc.string({ minLength: 6 }), ({ name }, text) => {
      const marked = `zq${text}qz`;
      try {
        const { sql } = conditionOf({ text: writeTerm(name, marked), from: '', to: '' }, 'audit');
        expect(sql).not.toContain('zq');
      } catch (error) {
        expect(error).toBeInstanceOf(SearchError);
      }
    }),
  );
});

test('nor the key of a map, nor a free word', () => {
  const { sql } = conditionOf({ text: `new.zq'key:1 zq') -zq*"`, from: '', to: '' }, 'audit');

  expect(sql).not.toContain('zq');
});

test('whatever is searched for, the store answers, and what is excluded is all the rest', async () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      SNEAKY,
      `'`,
      '\\',
      '\\\\',
      `\\'`,
      '%',
      '_',
      '{x:String}',
      '\0',
      '\n',
      "') OR 1=1 --",
      '*',
    ),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  );
  const texts = FIELDS.filter(
    ({ kind }) => kind === 'text' || kind === 'list' || kind === 'map' || kind === 'table',
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...texts), hostile, async ({ name }, value) => {
      const found = await count(writeTerm(name, value));
      const rest = await count(writeTerm(name, value, { isExcluded: true }));

      expect(found + rest).toBe(total);
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('a name that is an attack is found by itself, whole and in part', async () => {
  expect(await count(writeTerm('actor', SNEAKY))).toBe(1);
  expect(await count(writeTerm('agent', SNEAKY))).toBe(1);
  expect(await count(`"${SNEAKY.slice(0, 20).replaceAll('\\', '\\\\')}"`)).toBe(1);
  expect(await count('actor:*%*')).toBe(1);
  expect(await count('actor:*_*')).toBe(1);
});

test.each(COLUMNS.map(({ name }) => name))(
  '%s can be searched for anything and for nothing',
  async (name) => {
    const some = await count(`${name}:*`);

    expect(some + (await count(`-${name}:*`))).toBe(total);
  },
);

describe('a value that cannot be meant is told with its place', () => {
  test.each([
    ['outcome:sucess', 'outcome is never sucess: did you mean success?', 8],
    ['outcome:constructor', 'outcome is never constructor:', 8],
    ['ending:__proto__', 'ending is never __proto__:', 7],
    ['category:zzzzzzzzz', 'category is never zzzzzzzzz: one of http, db', 9],
    ['status:abc', 'abc is no whole number', 7],
    ['status:>-1', '-1 is no whole number', 8],
    ['sequence:18446744073709551616', 'is no whole number', 9],
    ['duration:2x', '2x is no duration', 9],
    ['time:yesterday', 'yesterday is no time', 5],
    ['time:2026-02-31', '2026-02-31 is no time', 5],
    ['request:12', '12 is no id', 8],
    ['address:10.0.0', '10.0.0 is no address', 8],
    ['address:10.0.0.0/33', 'is no address', 8],
    ['row:orders', 'orders is no row', 4],
    ['late:maybe', 'maybe is neither true nor false', 5],
  ])('%s', (text, message, position) => {
    expect(() => conditionOf({ text, from: '', to: '' }, 'audit')).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), position }),
    );
  });
});

test.each([
  ['fifty words', Array.from({ length: 50 }, (_, index) => `word${index}`).join(' '), 'word'],
  [
    'a hundred actors',
    `orders actor:${Array.from({ length: 100 }, (_, index) => index).join(',')}`,
    'actor:',
  ],
])('a search that the store would not take tells from where on: %s', (_what, text, beyond) => {
  const told = errorOf(text);

  expect(told.message).toBe('This search is too long: leave out words or values from here on.');
  expect(text.slice(told.position).startsWith(beyond)).toBe(true);
});

function errorOf(text: string): SearchError {
  try {
    conditionOf({ text, from: '', to: '' }, 'audit');
  } catch (error) {
    if (error instanceof SearchError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

test('numbers of 64 bits and times are exact', async () => {
  expect(await count('sequence:<18446744073709551615')).toBe(total);
  expect(await count('time:2026-11-20T12:13:00.000000007')).toBe(1);
  expect(await count('time:>2026-11-20T12:13:00.000000007Z time:<2026-11-20T14:13:00.000000008+02:00')).toBe(
    0,
  );
  expect(await count('time:>=2026-11-20T12:13:00.000000007Z time:<=2026-11-20T12:14:00.000000007')).toBe(2);
  expect(await count('time:2026-11-20')).toBe(total);
  expect(await count('time:>2026-11-20')).toBe(0);
  expect(await count('time:<=2026-11-20')).toBe(total);
});

test('the name of the database is quoted', () => {
  const { sql } = conditionOf({ text: 'actor:alice', from: '', to: '' }, 'audit` UNION');

  expect(sql).toContain('FROM `audit\\` UNION`.settling_records');
});

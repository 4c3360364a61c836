import { expect, test } from 'vitest';
import { expandQuery } from './data-source.ts';
import type { Surroundings } from './data-source.ts';

const AROUND: Surroundings = {
  // The same moments, told in the zones of two people.
  from: new Date('2026-11-20T13:00:00.250+01:00'),
  to: new Date('2026-11-20T18:45:00.750+05:45'),
  intervalMillis: 1_500,
  variables: { actor: ['ann', "o'hara"], service: 'all', search: [`a "b" $&'`] },
};

const [FROM, TO] = [1795176000, 1795179600];

test.each([
  ['$__fromTime, $__toTime', `toDateTime(${FROM}), toDateTime(${TO})`],
  ['$__timeFilter(at)', `at >= toDateTime(${FROM}) AND at <= toDateTime(${TO})`],
  [
    '$__timeFilter_ms(at)',
    `at >= fromUnixTimestamp64Milli(${FROM}250) AND at <= fromUnixTimestamp64Milli(${TO}750)`,
  ],
  ['$__dateFilter(day)', "day >= toDate('2026-11-20') AND day <= toDate('2026-11-20')"],
  ['$__timeInterval(at)', 'toStartOfInterval(toDateTime(at), INTERVAL 1 second)'],
  ['$__timeInterval_ms(at)', 'toStartOfInterval(toDateTime64(at, 3), INTERVAL 1500 millisecond)'],
  ['$__interval_s', '1'],
  ['IN (${actor:singlequote})', String.raw`IN ('ann','o\'hara')`],
  ["decode('${search:percentencode}')", "decode('a%20%22b%22%20%24%26%27')"],
  ['$__conditionalAll(service IN (${service:singlequote}), $service)', '1=1'],
  [
    '$__conditionalAll(f(actor, 2) = ${actor:singlequote}, $actor)',
    String.raw`f(actor, 2) = 'ann','o\'hara'`,
  ],
])('%s becomes what the data source makes of it', (sql, expected) => {
  expect(expandQuery(sql, AROUND)).toBe(expected);
});

test.each([
  ['$__timeFilter', 'a macro without its column'],
  ['$__timeFilter(a, b)', 'a macro with too many'],
  ['$__timeFilter(f(a))', 'a macro of an expression, which versions of the data source read differently'],
  ['$__timeGroup(at, 5m)', 'a macro that it does not have'],
  ['${nobody:singlequote}', 'a variable that is not there'],
  ['${actor:csv}', 'a format that does not escape'],
  ['$actor', 'a variable without a format'],
])('%s is refused: %s', (sql) => {
  expect(() => expandQuery(sql, AROUND)).toThrow();
});

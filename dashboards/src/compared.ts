import { ALL_FILTERS, chosenAtAnyTime } from './filter.ts';

/**
 * A number of this time range, and of the equally long time before.
 *
 * @param measure The number, counted where its condition holds.
 * @param condition What is counted at all, without the time range.
 */
export function comparedSql(
  from: string,
  measure: (isCounted: string) => string,
  condition: string = chosenAtAnyTime(...ALL_FILTERS),
): string {
  const isNow = 'occurred_at >= $__fromTime';
  return `SELECT period.1 AS time, period.2 AS value
FROM (
  SELECT [
    ($__fromTime, nullIf(${measure(`NOT (${isNow})`)}, 0)),
    ($__toTime, toNullable(${measure(isNow)}))
  ] AS periods
  FROM ${from}
  WHERE occurred_at >= $__fromTime - ($__toTime - $__fromTime) AND occurred_at <= $__toTime
  AND ${condition}
)
ARRAY JOIN periods AS period
ORDER BY time`;
}

/** A number with nothing before to compare it with, in the same columns. */
export function singleSql(from: string, measure: string, condition: string): string {
  return `SELECT period.1 AS time, period.2 AS value
FROM (
  SELECT [($__fromTime, CAST(NULL, 'Nullable(UInt64)')), ($__toTime, toNullable(toUInt64(${measure})))] AS periods
  FROM ${from}
  WHERE ${condition}
)
ARRAY JOIN periods AS period
ORDER BY time`;
}

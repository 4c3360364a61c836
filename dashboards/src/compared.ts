import { chosenAtAnyTime } from './filter.ts';
import type { Filter } from './filter.ts';

/** Where a number is counted. */
export interface Counted {
  /** Table or view, or a query in brackets. */
  readonly from: string;
  /** Its column with the time. @default `occurred_at` */
  readonly time?: string;
  readonly filters: readonly Filter[];
  /** Holds for all that is counted. */
  readonly where?: string;
}

/** Two rows for a number: of the equally long time before, NULL where there was nothing, and of this time. */
export function comparedSql(
  { from, time = 'occurred_at', filters, where = '1' }: Counted,
  measure: (isCounted: string) => string,
): string {
  const isNow = `${time} >= $__fromTime`;
  return `SELECT period.1 AS time, period.2 AS value
FROM (
  SELECT [
    ($__fromTime, nullIf(${measure(`NOT (${isNow})`)}, 0)),
    ($__toTime, toNullable(${measure(isNow)}))
  ] AS periods
  FROM ${from}
  WHERE ${time} >= $__fromTime - ($__toTime - $__fromTime) AND ${time} <= $__toTime
  AND ${where}
  AND ${chosenAtAnyTime(...filters)}
)
ARRAY JOIN periods AS period
ORDER BY time`;
}

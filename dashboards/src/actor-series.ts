import { ALL_FILTERS, chosen } from './filter.ts';
import { heatmap } from './heatmap.ts';
import { NAMED } from './store.ts';

/** NOTE: Grafana does not say which time zone a browser is in, so that the hours cannot be its own. */
export function hours() {
  const columns = Array.from({ length: 24 }, (_, hour) => {
    const label = `${String(hour).padStart(2, '0')}:00`;
    return `countIf(toHour(occurred_at) = ${hour}) AS \`${label}\``;
  });
  return heatmap(
    {
      title: 'At which hours (UTC)',
      description:
        'Records by day and hour, both in UTC. A cell outside of the usual band is work at an unusual hour.',
      width: 12,
      // Days with nothing are there as zeros, and one before the range: two make the width of a cell.
      sql: `SELECT * EXCEPT (records, records_of_all)
FROM (
  SELECT *, sum(records) OVER () AS records_of_all
  FROM (
    SELECT
      toStartOfDay(occurred_at) AS time,
      ${columns.join(',\n      ')},
      count() AS records
    FROM ${NAMED}
    WHERE ${chosen(...ALL_FILTERS)}
      AND category != 'transaction'
    GROUP BY time
    ORDER BY time WITH FILL
      FROM toStartOfDay(toTimeZone($__fromTime, 'UTC') - INTERVAL 1 DAY) TO toTimeZone($__toTime, 'UTC')
      STEP INTERVAL 1 DAY
  )
)
WHERE records_of_all > 0
ORDER BY time`,
    },
    'Records',
  );
}

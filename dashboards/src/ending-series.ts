import { ALL_FILTERS, chosen } from './filter.ts';
import { COLORS } from './looks.ts';
import { bars, seriesLook } from './panels.ts';
import { ACTIVITY } from './store.ts';

/** By outcome, as it is known now: a commit that nobody has heard of is no success. */
export function endings(title: string) {
  const series = [
    seriesLook('success', 'success', COLORS.success),
    seriesLook('rolled_back', 'rolled back', COLORS.rolledBack),
    seriesLook('denied', 'denied', COLORS.denied),
    seriesLook('failure', 'failure', COLORS.failure),
    seriesLook('unknown', 'unknown', COLORS.unknown),
  ];
  const panel = bars({
    title,
    description:
      'Requests, statements and logins by outcome. A statement whose transaction ended later counts as it ended.',
    width: 12,
    sql: `SELECT
  $__timeInterval(occurred_at) AS time,
  countIf(final_outcome IN ('success', 'applied')) AS success,
  countIf(final_outcome = 'rolled_back') AS rolled_back,
  countIf(outcome = 'denied') AS denied,
  countIf(outcome = 'failure') AS failure,
  countIf(final_outcome = 'unknown') AS unknown
FROM ${ACTIVITY}
WHERE ${chosen(...ALL_FILTERS)}
  AND category != 'transaction'
GROUP BY time
ORDER BY time`,
  });
  for (const { name, properties } of series) panel.overrideByName(name, properties);
  return panel;
}

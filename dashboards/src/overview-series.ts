import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { ALL_FILTERS, chosen } from './filter.ts';
import { COLORS } from './looks.ts';
import { bars, seriesLook } from './panels.ts';
import { RECORDS } from './store.ts';

export function byOutcome() {
  const series = [
    seriesLook('success', 'success', COLORS.success),
    seriesLook('rolled_back', 'rolled back', COLORS.rolledBack),
    seriesLook('denied', 'denied', COLORS.denied),
    seriesLook('failure', 'failure', COLORS.failure),
    seriesLook('unknown', 'unknown', COLORS.unknown),
  ];
  const panel = bars({
    title: 'How it ended',
    description: 'Records by outcome, as it was known when the record was written.',
    width: 12,
    sql: `SELECT
  $__timeInterval(occurred_at) AS time,
  countIf(outcome = 'success' AND transaction_outcome != 'rolled_back') AS success,
  countIf(outcome = 'success' AND transaction_outcome = 'rolled_back') AS rolled_back,
  countIf(outcome = 'denied') AS denied,
  countIf(outcome = 'failure') AS failure,
  countIf(outcome = 'unknown') AS unknown
FROM ${RECORDS}
WHERE ${chosen(...ALL_FILTERS)}
GROUP BY time
ORDER BY time`,
  });
  for (const { name, properties } of series) panel.overrideByName(name, properties);
  return panel;
}

export function byService() {
  return bars({
    title: 'Where it happened',
    description: 'Records by service.',
    width: 12,
    sql: `SELECT $__timeInterval(occurred_at) AS time, service_name AS service, count() AS records
FROM ${RECORDS}
WHERE ${chosen(...ALL_FILTERS)}
GROUP BY time, service
ORDER BY time`,
  })
    .displayName('${__field.labels.service}')
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
}

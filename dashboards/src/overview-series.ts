import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { ALL_FILTERS, chosen } from './filter.ts';
import { bars } from './panels.ts';
import { RECORDS } from './store.ts';

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

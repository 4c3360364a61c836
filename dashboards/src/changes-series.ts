import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { ALL_FILTERS, chosen } from './filter.ts';
import { bars } from './panels.ts';
import { CHANGES } from './store.ts';

const CHOSEN = chosen(...ALL_FILTERS);
/** More colours cannot be told apart. */
const SHOWN_TABLES = 8;

export function byTable() {
  return named(
    bars({
      title: 'Which tables were written to',
      description: `Writing statements by table, whatever became of them; the ${SHOWN_TABLES} tables with the most of them, and all others together.`,
      width: 12,
      sql: `SELECT
  $__timeInterval(occurred_at) AS time,
  if(target_type IN (
    SELECT target_type FROM ${CHANGES}
    WHERE ${CHOSEN}
    GROUP BY target_type
    ORDER BY count() DESC, target_type
    LIMIT ${SHOWN_TABLES}
  ), if(target_type = '', '(none)', toString(target_type)), 'other tables') AS series,
  count() AS writes
FROM ${CHANGES}
WHERE ${CHOSEN}
GROUP BY time, series
ORDER BY time`,
    }),
  );
}

export function byAction() {
  return named(
    bars({
      title: 'What was done to them',
      description: 'Writing statements by what they do, whatever became of them.',
      width: 12,
      sql: `SELECT $__timeInterval(occurred_at) AS time, toString(action) AS series, count() AS writes
FROM ${CHANGES}
WHERE ${CHOSEN}
GROUP BY time, series
ORDER BY time`,
    }),
  );
}

function named(panel: ReturnType<typeof bars>) {
  return panel
    .displayName('${__field.labels.series}')
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
}

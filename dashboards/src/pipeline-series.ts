import {
  GraphDrawStyle,
  StackingConfigBuilder,
  StackingMode,
  VizLegendOptionsBuilder,
  LegendDisplayMode,
  LegendPlacement,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { chosen } from './filter.ts';
import { COLORS } from './looks.ts';
import { bars, seriesLook } from './panels.ts';
import { RECORDS } from './store.ts';

const CHOSEN = chosen('environment', 'service');

export function rate(): PanelBuilder {
  return lines(
    bars({
      title: 'How many records come',
      description: 'Records a second, by service and the time at which they happened.',
      width: 12,
      sql: `SELECT $__timeInterval(occurred_at) AS time, service_name AS service, count() / $__interval_s AS rate
FROM ${RECORDS}
WHERE ${CHOSEN}
GROUP BY time, service
ORDER BY time`,
    }),
  )
    .unit('rec/s')
    .decimals(1)
    .displayName('${__field.labels.service}')
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
}

export function delay(): PanelBuilder {
  const panel = lines(
    bars({
      title: 'How long they take to arrive',
      description:
        'From the making of a record to its arrival in the store. It rises while the store is away: records wait in the spool, and arrive later.',
      width: 12,
      sql: `SELECT
  $__timeInterval(recorded_at) AS time,
  quantile(0.5)(seconds) AS half,
  quantile(0.99)(seconds) AS most,
  max(seconds) AS slowest
FROM (
  SELECT recorded_at, greatest(dateDiff('millisecond', recorded_at, ingested_at), 0) / 1000 AS seconds
  FROM ${RECORDS}
  WHERE ${CHOSEN}
  AND process_id != 0
)
GROUP BY time
ORDER BY time`,
    }),
  )
    .unit('s')
    .decimals(1);
  const looks = [
    seriesLook('half', 'half of them', COLORS.success),
    seriesLook('most', '99 of 100', COLORS.denied),
    seriesLook('slowest', 'the slowest', COLORS.failure),
  ];
  for (const { name, properties } of looks) panel.overrideByName(name, properties);
  return panel;
}

function lines(panel: PanelBuilder): PanelBuilder {
  return panel
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(10)
    .stacking(new StackingConfigBuilder().mode(StackingMode.None).group('A'))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .showLegend(true)
        .calcs(['mean', 'max'])
        .sortBy('Max')
        .sortDesc(true),
    );
}

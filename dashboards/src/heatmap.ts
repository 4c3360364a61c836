import { HeatmapCellLayout } from '@grafana/grafana-foundation-sdk/common';
import {
  CellValuesBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  PanelBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { COLORS } from './looks.ts';
import { EMPTY } from './panels.ts';
import type { PanelText } from './panels.ts';
import { sqlQuery } from './query.ts';
import { DATA_SOURCE } from './store.ts';

/** How much there was of what, and when. `sql` gives `time` at equal distances and a column for each line, from the bottom up. */
export function heatmap(panel: PanelText, counted: string): PanelBuilder {
  return new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATA_SOURCE)
    .withTarget(sqlQuery('table', panel.sql))
    .span(panel.width)
    .height(9)
    .unit('short')
    .decimals(0)
    .noValue(panel.whenEmpty ?? EMPTY)
    .calculate(false)
    .rowsFrame(new RowsHeatmapOptionsBuilder().value(counted).layout(HeatmapCellLayout.Auto))
    .cellValues(new CellValuesBuilder().unit('short').decimals(0))
    .yAxis(new YAxisConfigBuilder().unit('short'))
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Opacity)
        .fill(COLORS.success)
        .scale(HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(32),
    )
    .showLegend();
}

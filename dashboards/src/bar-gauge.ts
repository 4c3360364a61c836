import * as common from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { COLORS } from './looks.ts';
import { EMPTY } from './panels.ts';
import type { PanelText } from './panels.ts';
import { sqlQuery } from './query.ts';
import { DATA_SOURCE } from './store.ts';

/** Names and how much there is of each, the most first. `sql` gives a column with the name and one with the number. */
export function barGauge(panel: PanelText, color: string = COLORS.success): PanelBuilder {
  return new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATA_SOURCE)
    .withTarget(sqlQuery('table', panel.sql))
    .span(panel.width)
    .height(8)
    .unit('short')
    .decimals(0)
    .min(0)
    .noValue(panel.whenEmpty ?? EMPTY)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs([]).fields('').values(true))
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .showUnfilled(false)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color));
}

import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { COLORS } from './looks.ts';
import { EMPTY } from './panels.ts';
import type { PanelText } from './panels.ts';
import { sqlQuery } from './query.ts';
import { DATA_SOURCE } from './store.ts';

/**
 * What something was, and from when on: a line for each `label`, a piece for each `value`. `sql` gives `time`, `label` and
 * `value`, ordered by time; values may be texts.
 */
export function stateTimeline(panel: PanelText, mappings: ValueMapping[]): PanelBuilder {
  return (
    new PanelBuilder()
      .title(panel.title)
      .description(panel.description)
      .datasource(DATA_SOURCE)
      .withTarget(sqlQuery('table', panel.sql))
      // The data source makes series of numbers only; Grafana makes them of texts.
      .withTransformation({
        id: 'partitionByValues',
        options: { fields: ['label'], keepFields: false, naming: { asLabels: true } },
      })
      .span(panel.width)
      .height(9)
      .displayName('${__field.labels.label}')
      .unit('string')
      .noValue(panel.whenEmpty ?? EMPTY)
      .mappings(mappings)
      // One colour: the words differ, and a colour for every value would mean nothing.
      .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(COLORS.success))
      .fillOpacity(60)
      .lineWidth(2)
      .rowHeight(0.8)
      .showValue(common.VisibilityMode.Auto)
      .alignValue(common.TimelineValueAlignment.Left)
      .mergeValues(false)
      .legend(
        new common.VizLegendOptionsBuilder()
          .displayMode(common.LegendDisplayMode.List)
          .placement(common.LegendPlacement.Bottom)
          .showLegend(false),
      )
      .tooltip(
        new common.VizTooltipOptionsBuilder()
          .mode(common.TooltipDisplayMode.Single)
          .sort(common.SortOrder.None),
      )
  );
}

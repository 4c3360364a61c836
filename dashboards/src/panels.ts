import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { CellLink } from './links.ts';
import { COLORS } from './looks.ts';
import { sqlQuery } from './query.ts';
import { DATA_SOURCE } from './store.ts';

/** Grafana's grid is 24 units wide. */
export interface PanelText {
  readonly title: string;
  /** Says what is counted, and what is not. */
  readonly description: string;
  readonly width: number;
  readonly sql: string;
  /** Instead of the usual word on what to do where there is nothing. */
  readonly whenEmpty?: string;
}

/** What to do about an empty table or chart. */
export const EMPTY =
  'No records in this time range. Start an application with `node --require audit-register app.js`.';
/** Bars that are wide enough to be told apart. */
const MAX_BARS = 100;

/** One number and its change. `sql` gives two rows: the number of the time before, and the one of this time. */
export function number(panel: PanelText, color: string = COLORS.neutral): StatBuilder {
  return single(
    { ...panel, description: `${panel.description} The change is against the equally long time before.` },
    color,
  ).showPercentChange(true);
}

/** One number, without a change. `sql` gives the same two rows, the first of them NULL. */
export function single(panel: PanelText, color: string = COLORS.neutral): StatBuilder {
  return new StatBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATA_SOURCE)
    .withTarget(sqlQuery('table', panel.sql))
    .span(panel.width)
    .height(4)
    .unit('short')
    .decimals(0)
    .noValue('0')
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .percentChangeColorMode(common.PercentChangeColorMode.SameAsValue)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds))
    .thresholds(coloredAboveZero(color));
}

function coloredAboveZero(color: string): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([
    { value: null, color: COLORS.neutral },
    { value: 1, color },
  ]);
}

/** Counts over time as stacked bars. `sql` gives `time` and either a column a series, or one column and a label. */
export function bars(panel: PanelText): SeriesBuilder {
  return new SeriesBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATA_SOURCE)
    .withTarget(sqlQuery('timeseries', panel.sql))
    .span(panel.width)
    .height(8)
    .maxDataPoints(MAX_BARS)
    .unit('short')
    .decimals(0)
    .min(0)
    .noValue(panel.whenEmpty ?? EMPTY)
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(0)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'))
    .spanNulls(false)
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Right)
        .showLegend(true)
        .calcs(['sum'])
        .sortBy('Total')
        .sortDesc(true),
    );
}

/** Gives one series of a chart its name and colour. */
export function seriesLook(name: string, title: string, color: string) {
  return {
    name,
    properties: [
      { id: 'displayName', value: title },
      { id: 'color', value: { mode: dashboard.FieldColorModeId.Fixed, fixedColor: color } },
    ],
  };
}

/** Rows of `sql`, in its order. How its columns look is said by `column()`. */
export function table(panel: PanelText, columns: readonly Column[]): TableBuilder {
  const builder = new TableBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATA_SOURCE)
    .withTarget(sqlQuery('table', panel.sql))
    .span(panel.width)
    .height(9)
    .decimals(0)
    .noValue(panel.whenEmpty ?? EMPTY)
    .showHeader(true)
    .cellHeight(common.TableCellHeight.Sm)
    .filterable(true);
  for (const column of columns) builder.overrideByName(column.name, propertiesOf(column));
  return builder;
}

export interface Column {
  readonly name: string;
  /** Heading; a column without one is not shown, but links can use it. */
  readonly title?: string;
  readonly widthPixels?: number;
  readonly unit?: string;
  /** Words and colours of its values. */
  readonly mappings?: dashboard.ValueMapping[];
  readonly link?: CellLink;
}

function propertiesOf(column: Column): dashboard.DynamicConfigValue[] {
  const { title, widthPixels, unit, mappings, link } = column;
  // Grafana 12.2 renamed the first to the second.
  if (title === undefined) {
    return [
      { id: 'custom.hidden', value: true },
      { id: 'custom.hideFrom.viz', value: true },
    ];
  }
  const properties: dashboard.DynamicConfigValue[] = [{ id: 'displayName', value: title }];
  if (widthPixels !== undefined) properties.push({ id: 'custom.width', value: widthPixels });
  if (unit !== undefined) properties.push({ id: 'unit', value: unit });
  if (mappings !== undefined) {
    properties.push({ id: 'mappings', value: mappings });
    properties.push({ id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } });
  }
  if (link !== undefined) properties.push({ id: 'links', value: [link] });
  return properties;
}

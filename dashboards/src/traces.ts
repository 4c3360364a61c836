import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { EMPTY } from './panels.ts';
import type { PanelText } from './panels.ts';
import { sqlQuery } from './query.ts';
import { DATA_SOURCE } from './store.ts';

/**
 * Steps beneath each other as bars over time, as Grafana shows traces. `sql` gives `traceID`, `spanID`, `parentSpanID`,
 * `serviceName`, `operationName`, `startTime` and `duration` in milliseconds, `statusCode` (2 is an error), and `tags` and
 * `serviceTags` as lists of `key` and `value`. Source: grafana-clickhouse-datasource, `src/data/sqlGenerator.ts`.
 */
export function traces(panel: PanelText): PanelBuilder {
  return new PanelBuilder()
    .type('traces')
    .title(panel.title)
    .description(panel.description)
    .datasource(DATA_SOURCE)
    .withTarget(sqlQuery('traces', panel.sql))
    .span(panel.width)
    .height(12)
    .unit('ms')
    .noValue(panel.whenEmpty ?? EMPTY);
}

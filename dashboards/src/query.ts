import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import { DATA_SOURCE, PLUGIN_VERSION } from './store.ts';

/** What the data source makes of the rows. Source: grafana-clickhouse-datasource, `types/queryBuilder.ts`. */
const FORMATS = { timeseries: 0, table: 1, traces: 3 } as const;

export type QueryType = keyof typeof FORMATS;

/** A query of the ClickHouse data source, for which the SDK has no builder. */
export interface ClickHouseQuery extends cog.Dataquery {
  readonly refId: string;
  readonly datasource: typeof DATA_SOURCE;
  readonly pluginVersion: string;
  readonly editorType: 'sql';
  readonly queryType: QueryType;
  readonly format: number;
  readonly rawSql: string;
}

export function sqlQuery(queryType: QueryType, rawSql: string): cog.Builder<ClickHouseQuery> {
  return {
    build: () => ({
      refId: 'A',
      datasource: DATA_SOURCE,
      pluginVersion: PLUGIN_VERSION,
      editorType: 'sql',
      queryType,
      format: FORMATS[queryType],
      rawSql,
      // A mark for the compiler alone: no own property, so it is not in the JSON.
      _implementsDataqueryVariant: undefined as never,
    }),
  };
}

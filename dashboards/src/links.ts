import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { ALL_FILTERS } from './filter.ts';
import type { Filter } from './filter.ts';
import { ACTOR_UID, CHANGES_UID, OBJECT_HISTORY_UID, TRACE_UID } from './store.ts';

export const TAG = 'audit-register';

/** Of a cell. It keeps time range and choices, but for those that it makes itself. */
export interface CellLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank: boolean;
}

/** To the other dashboards of the register, with time range and choices kept. */
export function otherDashboards(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Audit register')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(true);
}

/** Everything that somebody did. @param keyColumn Holds the actor as `keyOf` makes it. */
export function toActor(keyColumn: string): CellLink {
  return linkTo(ACTOR_UID, 'Everything that this actor did', { actor: keyColumn });
}

/** The history of a row. @param tableKey Holds its table as `keyOf` makes it. @param idColumn Holds its key as it is. */
export function toObject(tableKey: string, idColumn: string): CellLink {
  return linkTo(OBJECT_HISTORY_UID, 'The history of this row', { target: tableKey, id: idColumn });
}

/** What was changed in a table. @param tableKey Holds its name as `keyOf` makes it. */
export function toChanges(tableKey: string): CellLink {
  return linkTo(CHANGES_UID, 'What was changed in this table', { target: tableKey });
}

/** The request with all its statements. @param column Holds a trace id, a request id or a correlation id. */
export function toTrace(column: string): CellLink {
  return linkTo(TRACE_UID, 'This request with all its statements', { trace: column });
}

/**
 * @param variables What the linked dashboard is narrowed to: names of variables, and of the columns that hold their values.
 * @param kept Variables of the dashboard that the link is on.
 */
export function linkTo(
  dashboardUid: string,
  title: string,
  variables: Readonly<Record<string, string>>,
  kept: readonly Filter[] = ALL_FILTERS,
): CellLink {
  const parameters = [
    '${__url_time_range}',
    ...kept.filter((name) => !(name in variables)).map((name) => `\${${name}:queryparam}`),
    ...Object.entries(variables).map(
      ([name, column]) => `var-${name}=\${__data.fields.${column}:percentencode}`,
    ),
  ];
  return { title, url: `/d/${dashboardUid}?${parameters.join('&')}`, targetBlank: false };
}

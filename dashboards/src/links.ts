import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { FILTERS } from './filter.ts';
import type { Filter } from './filter.ts';

export const TAG = 'audit-register';

/** To the other dashboards of the register, with time range and choices kept. */
export function otherDashboards(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Audit register')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(true);
}

/** Shows a dashboard for the value of the row that was clicked; `keyColumn` holds it as a variable does. */
export function onlyThis(dashboardUid: string, filter: Filter, keyColumn: string, title: string) {
  const kept = Object.keys(FILTERS).filter((name) => name !== filter);
  const parameters = [
    '${__url_time_range}',
    ...kept.map((name) => `\${${name}:queryparam}`),
    `var-${filter}=\${__data.fields.${keyColumn}:percentencode}`,
  ];
  return { title, url: `/d/${dashboardUid}?${parameters.join('&')}`, targetBlank: false };
}

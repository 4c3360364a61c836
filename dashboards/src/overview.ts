import { DashboardBuilder, DashboardCursorSync, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { TAG, otherDashboards } from './links.ts';
import { numbers } from './overview-numbers.ts';
import { byOutcome, byService } from './overview-series.ts';
import { actors, deletions, errors, latest, targets } from './overview-tables.ts';
import { OVERVIEW_UID } from './store.ts';
import { filterVariables } from './variables.ts';

/** What happened, by whom, and what needs a look: the way in to all other dashboards. */
export function overview(): DashboardBuilder {
  const dashboard = new DashboardBuilder('Audit register / Overview')
    .uid(OVERVIEW_UID)
    .description('Who did what, with which outcome. Start here; every name leads on.')
    .tags([TAG])
    .link(otherDashboards())
    .variables(filterVariables())
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .refresh('1m')
    .readonly();
  for (const panel of [...numbers(), byOutcome(), byService(), latest(), actors(), targets()]) {
    dashboard.withPanel(panel);
  }
  return dashboard.withRow(
    new RowBuilder('Deletions and errors').collapsed(true).withPanel(deletions()).withPanel(errors()),
  );
}

import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from './create-dashboard.ts';
import { endings } from './ending-series.ts';
import { numbers } from './overview-numbers.ts';
import { byService } from './overview-series.ts';
import { actors, deletions, errors, latest, routes, targets } from './overview-tables.ts';
import { OVERVIEW_UID } from './store.ts';

/** What happened, by whom, and what needs a look: the way in to all other dashboards. */
export function overview(): DashboardBuilder {
  const dashboard = createDashboard({
    uid: OVERVIEW_UID,
    title: 'Overview',
    description: 'Who did what, with which outcome. Start here; every name leads on.',
    from: 'now-6h',
  });
  for (const panel of [...numbers(), endings('How it ended'), byService(), latest(), actors(), targets()]) {
    dashboard.withPanel(panel);
  }
  return dashboard.withRow(
    new RowBuilder('Deletions, errors and routes')
      .collapsed(true)
      .withPanel(deletions())
      .withPanel(errors())
      .withPanel(routes()),
  );
}

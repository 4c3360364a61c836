import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { numbers, ROWS } from './changes-numbers.ts';
import { byAction, byTable } from './changes-series.ts';
import { background, bulk, definitions, latest, reads, rollbacks } from './changes-tables.ts';
import { createDashboard } from './create-dashboard.ts';
import { CHANGES_UID } from './store.ts';
import { textVariable } from './variables.ts';

/** What was written, and what of it needs a look. */
export function changes(): DashboardBuilder {
  const dashboard = createDashboard({
    uid: CHANGES_UID,
    title: 'Database changes',
    description:
      'What was written to which table, by whom; mass changes, changes of the schema and of rights, rollbacks, and writes that belong to no request.',
    from: 'now-24h',
    boxes: [
      textVariable(
        ROWS.variable,
        'Many rows',
        'From how many rows on a statement counts as a mass change.',
        ROWS.usual,
      ),
    ],
  });
  const shown = [...numbers(), byTable(), byAction(), bulk(), definitions(), rollbacks(), background()];
  for (const panel of shown) dashboard.withPanel(panel);
  return dashboard.withRow(
    new RowBuilder('Every change, and who read').collapsed(true).withPanel(latest()).withPanel(reads()),
  );
}

import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from './create-dashboard.ts';
import { numbers } from './object-history-numbers.ts';
import { changesOfRow, rowAtTheEnd, rowsToChoose, unnamedRows } from './object-history-tables.ts';
import { states } from './object-history-states.ts';
import { OBJECT_HISTORY_UID } from './store.ts';
import { textVariable } from './variables.ts';

/** Everything that happened to one row. */
export function objectHistory(): DashboardBuilder {
  const dashboard = createDashboard({
    uid: OBJECT_HISTORY_UID,
    title: 'Object history',
    description:
      'Who changed this row, when, which field from what to what, and was it kept? Choose its table and write its key into the box.',
    from: 'now-30d',
    boxes: [
      textVariable('id', 'Key of the row', 'As the statements name it, such as 1042; whole and exact.'),
    ],
  });
  for (const panel of [...numbers(), states(), changesOfRow(), unnamedRows(), rowsToChoose()]) {
    dashboard.withPanel(panel);
  }
  return dashboard.withRow(new RowBuilder('What was in the row').collapsed(true).withPanel(rowAtTheEnd()));
}

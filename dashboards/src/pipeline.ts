import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from './create-dashboard.ts';
import { byKey, changedSegments, copies } from './pipeline-evidence.ts';
import { givenUp, missing, uncertified } from './pipeline-losses.ts';
import { numbers } from './pipeline-numbers.ts';
import { processes, unclosed } from './pipeline-processes.ts';
import { delay, rate } from './pipeline-series.ts';
import { PIPELINE_UID } from './store.ts';
import { placeVariables } from './variables.ts';

/** Is the audit itself alive and complete, and is what it wrote still there as it was. */
export function pipeline(): DashboardBuilder {
  const dashboard = createDashboard({
    uid: PIPELINE_UID,
    title: 'Pipeline & integrity',
    description: 'Is the audit itself alive, on time and complete, and can what it wrote be believed.',
    from: 'now-6h',
    filters: placeVariables(),
  });
  for (const panel of [...numbers(), rate(), delay(), processes(), missing(), givenUp(), uncertified()]) {
    dashboard.withPanel(panel);
  }
  return dashboard
    .withRow(new RowBuilder('Ends and signatures').collapsed(true).withPanel(unclosed()).withPanel(byKey()))
    .withRow(
      new RowBuilder('Proof: every record against its seal (reads all records of the time range)')
        .collapsed(true)
        .withPanel(changedSegments())
        .withPanel(copies()),
    );
}

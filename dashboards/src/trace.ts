import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from './create-dashboard.ts';
import { TRACE_UID } from './store.ts';
import { timeline } from './trace-timeline.ts';
import { numbers } from './trace-numbers.ts';
import { requestsToChoose, steps } from './trace-tables.ts';
import { textVariable } from './variables.ts';

/** One request with all that it did. */
export function trace(): DashboardBuilder {
  const dashboard = createDashboard({
    uid: TRACE_UID,
    title: 'Trace',
    description:
      'What did this request do? The request with all its statements, logins and transactions. The time range must hold it.',
    from: 'now-24h',
    boxes: [
      textVariable('trace', 'Request', 'A trace id, a request id or a correlation id; whole and exact.'),
    ],
  });
  for (const panel of [...numbers(), timeline(), steps(), requestsToChoose()]) dashboard.withPanel(panel);
  return dashboard;
}

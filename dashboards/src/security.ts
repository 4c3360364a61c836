import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { createDashboard } from './create-dashboard.ts';
import { attacks, failedLogins, rejectedTokens } from './security-logins.ts';
import { numbers } from './security-numbers.ts';
import { denied, impersonated, newOrigins, unvouchedWrites } from './security-people.ts';
import { deniedByKind, loginsByOutcome } from './security-series.ts';
import { SECURITY_UID } from './store.ts';

/** Who tries to get in, who got in, and who does what he should not. */
export function security(): DashboardBuilder {
  const dashboard = createDashboard({
    uid: SECURITY_UID,
    title: 'Security',
    description: 'Who tried to get in, who was refused, and whose name nobody vouches for.',
    from: 'now-24h',
  });
  for (const panel of [...numbers(), loginsByOutcome(), deniedByKind()]) dashboard.withPanel(panel);
  for (const panel of [attacks(), failedLogins(), rejectedTokens(), denied()]) dashboard.withPanel(panel);
  return dashboard
    .withRow(new RowBuilder('Known people in new places').collapsed(true).withPanel(newOrigins()))
    .withRow(
      new RowBuilder('Names that nobody vouches for, and others’ names')
        .collapsed(true)
        .withPanel(unvouchedWrites())
        .withPanel(impersonated()),
    );
}

import { DashboardBuilder, DashboardCursorSync, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { TAG, otherDashboards } from './links.ts';
import { attacks, failedLogins, rejectedTokens } from './security-logins.ts';
import { numbers } from './security-numbers.ts';
import { denied, impersonated, newOrigins, unvouchedWrites } from './security-people.ts';
import { deniedByKind, loginsByOutcome } from './security-series.ts';
import { SECURITY_UID } from './store.ts';
import { filterVariables } from './variables.ts';

/** Who tries to get in, who got in, and who does what he should not. */
export function security(): DashboardBuilder {
  const dashboard = new DashboardBuilder('Audit register / Security')
    .uid(SECURITY_UID)
    .description('Who tried to get in, who was refused, and whose name nobody vouches for.')
    .tags([TAG])
    .link(otherDashboards())
    .variables(filterVariables())
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    .timezone('browser')
    .refresh('1m')
    .readonly();
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

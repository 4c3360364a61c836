import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { impersonations, requests, troubles } from './actor-deeds.ts';
import { addresses, agents, identities, sessions } from './actor-identities.ts';
import { numbers } from './actor-numbers.ts';
import { hours } from './actor-series.ts';
import { endings } from './ending-series.ts';
import { createDashboard } from './create-dashboard.ts';
import { ACTOR_UID } from './store.ts';

/** Everything that somebody did. Without a choice it is about everybody. */
export function actor(): DashboardBuilder {
  const dashboard = createDashboard({
    uid: ACTOR_UID,
    title: 'Actor',
    description:
      'What did this person do, from where, at which hours, and is that unusual? Choose an actor above; without a choice it is about everybody.',
    from: 'now-7d',
  });
  const shown = [
    ...numbers(),
    endings('What became of it'),
    hours(),
    identities(),
    requests(),
    addresses(),
    agents(),
  ];
  for (const panel of shown) dashboard.withPanel(panel);
  return dashboard.withRow(
    new RowBuilder('Sessions, impersonation, failures')
      .collapsed(true)
      .withPanel(impersonations())
      .withPanel(sessions())
      .withPanel(troubles()),
  );
}

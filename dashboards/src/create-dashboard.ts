import { DashboardBuilder, DashboardCursorSync } from '@grafana/grafana-foundation-sdk/dashboard';
import { TAG, otherDashboards } from './links.ts';
import { filterVariables } from './variables.ts';
import type { textVariable } from './variables.ts';

interface DashboardText {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Beginning of the time range at first, such as `now-6h`. */
  readonly from: string;
  /** What it can be narrowed by. @default All filters. */
  readonly filters?: ReturnType<typeof filterVariables>;
  /** Boxes that this dashboard has beside the filters of all. */
  readonly boxes?: readonly ReturnType<typeof textVariable>[];
}

/** A dashboard of the register, without its panels. */
export function createDashboard({
  uid,
  title,
  description,
  from,
  filters = filterVariables(),
  boxes = [],
}: DashboardText): DashboardBuilder {
  return new DashboardBuilder(`Audit register / ${title}`)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .link(otherDashboards())
    .variables([...boxes, ...filters])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from, to: 'now' })
    .timezone('browser')
    .refresh('1m')
    .readonly();
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { actor } from './actor.ts';
import { renderAlerts } from './alerts.ts';
import { changes } from './changes.ts';
import { objectHistory } from './object-history.ts';
import { overview } from './overview.ts';
import { pipeline } from './pipeline.ts';
import { security } from './security.ts';
import { trace } from './trace.ts';

const HOME = join(import.meta.dirname, '..');

const DASHBOARDS = {
  'overview.json': overview,
  'actor.json': actor,
  'object-history.json': objectHistory,
  'security.json': security,
  'changes.json': changes,
  'trace.json': trace,
  'pipeline.json': pipeline,
};

const ALERTS = 'provisioning/alerting/audit-register.yaml';

/** The text of every generated dashboard, by its name in `dashboards/`. */
export function renderDashboards(): Map<string, string> {
  const files = [...buildDashboards()].map(([file, dashboard]): [string, string] => [
    file,
    `${JSON.stringify(dashboard, null, 2)}\n`,
  ]);
  return new Map(files);
}

/** The same with the alert rules. */
export function renderFiles(): Map<string, string> {
  return renderDashboards().set(ALERTS, renderAlerts([...buildDashboards().values()]));
}

function buildDashboards(): Map<string, Dashboard> {
  return new Map(
    Object.entries(DASHBOARDS).map(([file, create]) => [
      file,
      withoutPlacement(withPanelIds(create().build())),
    ]),
  );
}

/** The SDK would have links in a menu of Grafana 13, where nobody looks for them. */
function withoutPlacement(dashboard: Dashboard): Dashboard {
  for (const link of dashboard.links ?? []) delete (link as { placement?: string }).placement;
  return dashboard;
}

/** Grafana would number them at each load; a link to a panel needs a number that stays. */
function withPanelIds(dashboard: Dashboard): Dashboard {
  let id = 0;
  for (const panel of dashboard.panels ?? []) {
    panel.id = ++id;
    for (const inner of panelsOf(panel)) inner.id = ++id;
  }
  return dashboard;
}

export function panelsOf(panel: Panel | RowPanel): Panel[] {
  return 'panels' in panel ? panel.panels : [];
}

/** Names of the files that are not what they would be generated as. */
function staleFiles(): string[] {
  const rendered = [...renderFiles()];
  return rendered.filter(([file, text]) => readIfThere(join(HOME, file)) !== text).map(([file]) => file);
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function check(): void {
  const stale = staleFiles();
  for (const file of stale)
    console.error(`dashboards/${file} is not what its source makes: npm run dashboards`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  if (process.argv.includes('--check')) check();
  else for (const [file, text] of renderFiles()) writeFileSync(join(HOME, file), text);
}

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Rule } from '@grafana/grafana-foundation-sdk/alerting';
import { stringify } from 'yaml';
import { FOLDER, ruleOf } from './alert-rule.ts';
import type { AlertRule } from './alert-rule.ts';
import { deadLetters, dropped, gap, silent } from './alerts-pipeline.ts';
import { breakIn, bruteForce, massDelete, schemaChange } from './alerts-security.ts';

/** Evaluated together, so often. */
interface Group {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly AlertRule[];
}

const GROUPS: readonly Group[] = [
  { name: 'Audit register: alive', interval: '1m', rules: [silent] },
  { name: 'Audit register: complete', interval: '5m', rules: [gap, dropped, deadLetters] },
  {
    name: 'Audit register: security',
    interval: '1m',
    rules: [bruteForce, breakIn, massDelete, schemaChange],
  },
];

const HEAD = `# Generated (dashboards/README.md): what is changed here is overwritten, and what is changed in Grafana is refused.
# Whom the alerts go to is yours to say (docs/alerts.md): until then, Grafana's default contact point.
`;

/** The rules as a file that Grafana provisions. */
export function renderAlerts(dashboards: readonly Dashboard[]): string {
  const groups = GROUPS.map(({ name, interval, rules }) => ({
    orgId: 1,
    name,
    folder: FOLDER.title,
    interval,
    rules: rules.map((rule) => inFile(ruleOf(rule, name), linkOf(rule, dashboards))),
  }));
  // NOTE: the SDK's marks for the compiler are functions, which JSON leaves out.
  const file: unknown = JSON.parse(JSON.stringify({ apiVersion: 1, groups }));
  return `${HEAD}${stringify(file, { lineWidth: 0, singleQuote: true })}`;
}

interface PanelLink {
  readonly dashboardUid: string;
  readonly panelId: number;
}

/**
 * A file names some things otherwise than the API, for which the SDK is made, and says folder, group and organisation once.
 * Source: grafana/grafana `pkg/services/provisioning/alerting/rules_types.go`.
 */
function inFile(rule: Rule, link: PanelLink): Record<string, unknown> {
  const { folderUID: _folder, ruleGroup: _group, orgID: _organisation, ...kept } = rule;
  return { ...kept, ...link };
}

/** NOTE: Grafana shows a link to a dashboard only where it knows the panel, too. */
function linkOf(
  { title, dashboard: [uid, panelTitle] }: AlertRule,
  dashboards: readonly Dashboard[],
): PanelLink {
  const panels = dashboards.find((dashboard) => dashboard.uid === uid)?.panels ?? [];
  const panel = panels
    .flatMap((candidate) => ('panels' in candidate ? candidate.panels : [candidate]))
    .find((candidate) => candidate.title === panelTitle);
  if (panel?.id === undefined)
    throw new Error(`${title} links to panel "${panelTitle}" of ${uid}, which is not there`);
  return { dashboardUid: uid, panelId: panel.id };
}

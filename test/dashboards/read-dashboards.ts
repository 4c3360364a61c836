import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const HOME = join(import.meta.dirname, '../../dashboards');

export interface DataSource {
  readonly type: string;
  readonly uid: string;
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: DataSource;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly rawSql: string; readonly datasource: DataSource }[];
  readonly panels?: readonly PanelJson[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly noValue?: string };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly (QueryVariableJson | TextVariableJson)[];
  };
}

interface QueryVariableJson {
  readonly type: 'query';
  readonly name: string;
  readonly label: string;
  readonly datasource: DataSource;
  readonly query: { readonly rawSql: string };
}

interface TextVariableJson {
  readonly type: 'textbox';
  readonly name: string;
}

/** A query of a panel or of a variable. */
export interface DashboardQuery {
  readonly dashboard: string;
  readonly title: string;
  readonly panelType: string;
  readonly rawSql: string;
  /** Columns that the panel speaks of. */
  readonly namedColumns: readonly string[];
  /** Variables that narrow it down. */
  readonly filters: readonly string[];
}

export function dashboardFiles(): string[] {
  return readdirSync(HOME).filter((name) => name.endsWith('.json'));
}

export function readDashboards(): DashboardJson[] {
  return dashboardFiles().map((name) => JSON.parse(readFileSync(join(HOME, name), 'utf8')) as DashboardJson);
}

/** Rows, and what is folded in them, included. */
export function allPanels(dashboard: DashboardJson): PanelJson[] {
  return dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

/** Variables whose values the store lists. */
export function queryVariables(dashboard: DashboardJson): QueryVariableJson[] {
  return dashboard.templating.list.filter((variable) => variable.type === 'query');
}

export function queriesOf(dashboard: DashboardJson): DashboardQuery[] {
  const describe = (title: string, panelType: string, rawSql: string, namedColumns: string[]) => ({
    dashboard: dashboard.title,
    title,
    panelType,
    rawSql,
    namedColumns,
    filters: [...rawSql.matchAll(/\$\{(\w+):/g)].map(([, name]) => name as string),
  });
  const ofPanels = allPanels(dashboard).flatMap((panel) =>
    (panel.targets ?? []).map(({ rawSql }) => describe(panel.title, panel.type, rawSql, namedColumns(panel))),
  );
  const ofVariables = queryVariables(dashboard).map(({ label, query }) =>
    describe(label, 'variable', query.rawSql, []),
  );
  return [...ofPanels, ...ofVariables];
}

function namedColumns(panel: PanelJson): string[] {
  const overrides = panel.fieldConfig?.overrides ?? [];
  return overrides.filter(({ matcher }) => matcher.id === 'byName').map(({ matcher }) => matcher.options);
}

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
  readonly options?: Readonly<Record<string, unknown>>;
  readonly targets?: readonly { readonly rawSql: string; readonly datasource: DataSource }[];
  readonly panels?: readonly PanelJson[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly displayName?: string;
      readonly custom?: Readonly<Record<string, unknown>>;
    };
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
  readonly links: readonly Readonly<Record<string, unknown>>[];
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
  readonly uid: string;
  readonly title: string;
  readonly panelType: string;
  readonly rawSql: string;
  /** Columns that the panel gives a look, or reads in a link. */
  readonly namedColumns: readonly string[];
  /** Columns whose values go into the address of a link. */
  readonly linkColumns: readonly string[];
  /** Columns that are not shown. */
  readonly hiddenColumns: readonly string[];
  /** Columns that name a series. */
  readonly labelColumns: readonly string[];
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
  const ofPanels = allPanels(dashboard).flatMap((panel) =>
    (panel.targets ?? []).map(({ rawSql }) => ({
      ...queryOf(dashboard, rawSql),
      title: panel.title,
      panelType: panel.type,
      ...columnsOf(panel),
    })),
  );
  const ofVariables = queryVariables(dashboard).map(({ label, query }) => ({
    ...queryOf(dashboard, query.rawSql),
    title: label,
    panelType: 'variable',
    namedColumns: [],
    linkColumns: [],
    hiddenColumns: [],
    labelColumns: [],
  }));
  return [...ofPanels, ...ofVariables];
}

function queryOf(dashboard: DashboardJson, rawSql: string) {
  const filters = [...rawSql.matchAll(/\$\{(\w+):/g)].map(([, name]) => name as string);
  return { dashboard: dashboard.title, uid: dashboard.uid, rawSql, filters };
}

function columnsOf(panel: PanelJson) {
  const overrides = (panel.fieldConfig?.overrides ?? []).filter(({ matcher }) => matcher.id === 'byName');
  const styled = overrides.map(({ matcher }) => matcher.options);
  const isHidden = ({ id }: { id: string }) => id === 'custom.hideFrom.viz';
  const hidden = overrides.filter(({ properties }) => properties.some(isHidden));
  const namesIn = (pattern: RegExp): string[] => [
    ...new Set([...JSON.stringify(panel).matchAll(pattern)].map(([, name]) => name as string)),
  ];
  const linkColumns = namesIn(/\$\{__data\.fields\.(\w+)/g);
  return {
    namedColumns: [...new Set([...styled, ...linkColumns])],
    linkColumns,
    hiddenColumns: hidden.map(({ matcher }) => matcher.options),
    labelColumns: namesIn(/\$\{__field\.labels\.(\w+)\}/g),
  };
}

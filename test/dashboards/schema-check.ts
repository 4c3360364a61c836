import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../compose/compose-file.ts';
import { allPanels } from './read-dashboards.ts';
import type { DashboardJson, PanelJson } from './read-dashboards.ts';

const require = createRequire(import.meta.url);
const SCHEMA = join(dirname(require.resolve('@grafana/schema/package.json')), 'dist/types');
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');

/** Where `@grafana/schema` has the options of a kind of panel; a panel of another kind has none. */
const PANEL_TYPES: Readonly<Record<string, string>> = {
  stat: 'stat',
  table: 'table',
  timeseries: 'timeseries',
  bargauge: 'bargauge',
  barchart: 'barchart',
  heatmap: 'heatmap',
  'state-timeline': 'statetimeline',
  text: 'text',
};
const WITHOUT_OPTIONS = new Set(['row', 'traces']);

/** Kinds of panels whose fields can look in ways of their own. */
const WITH_FIELD_CONFIG = new Set(['table', 'timeseries', 'barchart', 'heatmap', 'state-timeline']);

/** Of Grafana 11.6 to 12.1, and the Foundation SDK's default; newer ones ignore it, and the schema has it no more. */
const OLDER_OPTIONS: Readonly<Record<string, readonly string[]>> = { table: ['footer'] };

/** Of variables of another kind: the Foundation SDK writes them for all. */
const STRAY_IN_VARIABLES = new Set(['auto', 'auto_min', 'auto_count']);

/** The enums of the schema as the texts that stand in JSON. */
const PRELUDE = `import type { Dashboard } from '@grafana/schema';
type Plain<T> = T extends string ? \`\${T}\` : T extends (infer Item)[] ? Plain<Item>[]
  : T extends object ? { [Key in keyof T]: Plain<T[Key]> } : T;
`;

/**
 * What the compiler has against a dashboard as a value of Grafana's own types, keys that they do not have included: one text
 * an error, empty where it is right.
 */
export function schemaErrors(dashboards: readonly DashboardJson[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-dashboards-'));
  try {
    const files = dashboards.map((dashboard, index) => {
      const file = join(directory, `dashboard-${index}.ts`);
      writeFileSync(file, programFor(dashboard));
      return file;
    });
    const config = join(directory, 'tsconfig.json');
    writeFileSync(config, JSON.stringify(configFor(files)));
    const { stdout, status } = spawnSync(process.execPath, [COMPILER, '-p', config, '--pretty', 'false'], {
      encoding: 'utf8',
    });
    if (status === 0) return [];
    return stdout.split('\n').filter((line) => line.trim() !== '');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function configFor(files: readonly string[]) {
  return {
    compilerOptions: {
      target: 'es2022',
      module: 'preserve',
      moduleResolution: 'bundler',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      paths: { '@grafana/schema': [join(SCHEMA, 'index.d.ts')], '@grafana/schema/*': [join(SCHEMA, '*')] },
    },
    files,
  };
}

/** NOTE: values stand as literals, for only of these the compiler refuses keys that it does not know. */
function programFor(dashboard: DashboardJson): string {
  const panels = allPanels(dashboard).filter(({ type }) => !WITHOUT_OPTIONS.has(type));
  const imports = [...new Set(panels.map(({ type }) => type))].map((type) => {
    const folder = PANEL_TYPES[type];
    if (folder === undefined) throw new Error(`No types are known of panels of kind ${type}`);
    return `import type * as ${folder} from '@grafana/schema/raw/composable/${folder}/panelcfg/x/types.gen';`;
  });
  return [
    PRELUDE,
    ...imports,
    `export const dashboard: Plain<Dashboard> = ${JSON.stringify(withoutStrays(dashboard))};`,
    ...panels.flatMap(partsOf),
  ].join('\n');
}

function withoutStrays(dashboard: DashboardJson): unknown {
  const list = dashboard.templating.list.map((variable) =>
    Object.fromEntries(Object.entries(variable).filter(([name]) => !STRAY_IN_VARIABLES.has(name))),
  );
  return { ...dashboard, templating: { list } };
}

/** Options and fields of a panel are any object to the type of a dashboard. */
function partsOf(panel: PanelJson): string[] {
  const { id, type, options = {}, fieldConfig } = panel;
  const folder = PANEL_TYPES[type];
  const older = OLDER_OPTIONS[type] ?? [];
  const kept = Object.entries(options).filter(([name]) => !older.includes(name));
  const parts = [
    `export const options${id}: Plain<Partial<${folder}.Options>> = ${JSON.stringify(Object.fromEntries(kept))};`,
  ];
  const custom = fieldConfig?.defaults.custom;
  if (custom !== undefined && WITH_FIELD_CONFIG.has(type)) {
    parts.push(
      `export const custom${id}: Plain<Partial<${folder}.FieldConfig>> = ${JSON.stringify(custom)};`,
    );
  }
  return parts;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderDashboards } from '../../dashboards/src/generate.ts';
import { PLUGIN_VERSION } from '../../dashboards/src/store.ts';
import { COLUMNS } from '../../src/record/columns.ts';
import { ROOT, mountsOf, readCompose } from '../compose/compose-file.ts';
import { allPanels, dashboardFiles, queryVariables, readDashboards } from './read-dashboards.ts';
import type { DashboardJson } from './read-dashboards.ts';

interface DataSourceFile {
  readonly datasources: readonly {
    readonly uid: string;
    readonly type: string;
    readonly jsonData: Readonly<Record<string, unknown>>;
    readonly secureJsonData: Readonly<Record<string, string>>;
  }[];
}

interface ProviderFile {
  readonly providers: readonly { readonly options: { readonly path: string } }[];
}

const provisioning = join(ROOT, 'dashboards/provisioning');
const readYaml = (path: string): unknown => parse(readFileSync(join(provisioning, path), 'utf8'));
const [dataSource] = (readYaml('datasources/clickhouse.yaml') as DataSourceFile).datasources;
const [provider] = (readYaml('dashboards/audit-register.yaml') as ProviderFile).providers;
const compose = readCompose();
const dashboards = readDashboards();

describe('the generated files', () => {
  test('are what the source makes: run `npm run dashboards` and commit them', () => {
    const rendered = renderDashboards();
    expect([...rendered.keys()].toSorted()).toEqual(dashboardFiles().toSorted());
    for (const [file, text] of rendered) {
      expect(readFileSync(join(ROOT, 'dashboards', file), 'utf8'), file).toBe(text);
    }
  });

  test('have addresses of their own', () => {
    const uids = dashboards.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^audit-register-[a-z-]{1,25}$/);
  });
});

describe.each(dashboards.map((dashboard): [string, DashboardJson] => [dashboard.title, dashboard]))(
  '%s',
  (_title, dashboard) => {
    const panels = allPanels(dashboard);
    const shown = panels.filter(({ type }) => type !== 'row');

    test('asks the provisioned data source alone', () => {
      const asked = [...shown, ...queryVariables(dashboard)].map(({ datasource }) => datasource);
      const targets = shown.flatMap((panel) => (panel.targets ?? []).map(({ datasource }) => datasource));
      expect(targets.length).toBeGreaterThan(0);
      for (const one of [...asked, ...targets]) {
        expect(one).toEqual({ type: dataSource?.type, uid: dataSource?.uid });
      }
    });

    test('has a title and a description for every panel, and says what to do when there is nothing', () => {
      for (const panel of shown) {
        expect(panel.title).not.toBe('');
        expect(panel.description, panel.title).toMatch(/\.$/);
        expect(panel.fieldConfig?.defaults.noValue, panel.title).toBeTruthy();
      }
    });

    test('has a unit for every number', () => {
      for (const { type, title, fieldConfig } of shown.filter((panel) => panel.type !== 'table')) {
        expect(fieldConfig?.defaults.unit, `${type} ${title}`).toBeTruthy();
      }
    });

    test('numbers its panels, for links to one', () => {
      expect(panels.map(({ id }) => id)).toEqual(panels.map((_panel, index) => index + 1));
    });

    test('shows at most twelve panels at once, side by side on the grid of 24', () => {
      const inView = dashboard.panels.filter(({ type }) => type !== 'row');
      expect(inView.length).toBeLessThanOrEqual(12);
      for (const row of [inView, ...dashboard.panels.map((panel) => panel.panels ?? [])])
        expectNoOverlap(row);
    });

    test('filters by columns that records have, and by every variable that it shows', () => {
      const columns = new Set<string>(COLUMNS.map(({ name }) => name));
      const text = JSON.stringify(dashboard);
      for (const [, column] of text.matchAll(/\$__conditionalAll\((\w+) IN/g))
        expect(columns).toContain(column);
      for (const { name } of dashboard.templating.list) expect(text).toContain(`\${${name}:`);
    });

    test('links only to dashboards that are there', () => {
      const links = [...JSON.stringify(dashboard).matchAll(/"url":"\/d\/([\w-]+)\?/g)].map(([, uid]) => uid);
      expect(links.length).toBeGreaterThan(0);
      for (const uid of links) expect(dashboards.map((other) => other.uid)).toContain(uid);
    });

    test('gives a link variables that it has, and that the linked dashboard has', () => {
      for (const [, uid, query = ''] of JSON.stringify(dashboard).matchAll(
        /"url":"\/d\/([\w-]+)\?([^"]*)"/g,
      )) {
        const target = dashboards.find((other) => other.uid === uid);
        const kept = [...query.matchAll(/\$\{(\w+):queryparam\}/g)].map(([, name]) => name);
        const made = [...query.matchAll(/var-(\w+)=/g)].map(([, name]) => name);
        expect(variablesOf(dashboard)).toEqual(expect.arrayContaining(kept));
        expect(variablesOf(target)).toEqual(expect.arrayContaining([...kept, ...made]));
        expect(new Set([...kept, ...made]).size).toBe(kept.length + made.length);
      }
    });
  },
);

describe('Grafana in docker-compose.yml', () => {
  const grafana = compose.services['grafana'];
  const mounts = mountsOf(compose).filter(({ service }) => service === 'grafana');

  test('has every dashboard where the provider looks for them, and the provisioning where Grafana does', () => {
    const path = provider?.options.path;
    const expected = dashboardFiles().map((file) => [`./dashboards/${file}`, `${path}/${file}`]);
    const files = mounts.filter(({ isFile }) => isFile).map(({ source, target }) => [source, target]);
    expect(new Set(files)).toEqual(
      new Set([...expected, ['./dashboards/provisioning', '/etc/grafana/provisioning']]),
    );
    expect(expected.map(([, target]) => target)).toContain(
      grafana?.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'],
    );
  });

  test('installs the data source in the version that the queries are written for', () => {
    expect(grafana?.environment['GF_PLUGINS_PREINSTALL_SYNC']).toBe(`${dataSource?.type}@${PLUGIN_VERSION}`);
  });

  test('is given every variable that the data source is made of', () => {
    const values = [
      ...Object.values(dataSource?.jsonData ?? {}),
      ...Object.values(dataSource?.secureJsonData ?? {}),
    ];
    const names = values.flatMap((value) =>
      [...String(value).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name),
    );
    expect(new Set(names)).toEqual(new Set(['AUDIT_CLICKHOUSE_HOST', 'AUDIT_READER_PASSWORD']));
    expect(Object.keys(grafana?.environment ?? {})).toEqual(expect.arrayContaining(names));
    expect(Object.keys(compose.services)).toContain(grafana?.environment['AUDIT_CLICKHOUSE_HOST']);
  });

  test('reads as the user who may only read', () => {
    expect(dataSource?.jsonData['username']).toBe('audit_reader');
    expect(dataSource?.secureJsonData['password']).toBe('${AUDIT_READER_PASSWORD}');
  });
});

function variablesOf(dashboard: DashboardJson | undefined): string[] {
  return (dashboard?.templating.list ?? []).map(({ name }) => name);
}

function expectNoOverlap(panels: DashboardJson['panels']): void {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24);
    return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`);
  });
  expect(new Set(cells).size).toBe(cells.length);
}

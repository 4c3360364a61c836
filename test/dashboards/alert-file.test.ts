import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderFiles } from '../../dashboards/src/generate.ts';
import { ROOT, mountsOf, readCompose } from '../compose/compose-file.ts';
import { ALERT_FILE, RULES, readAlerts } from './read-alerts.ts';
import { allPanels, readDashboards } from './read-dashboards.ts';

const file = readAlerts();
const DASHBOARDS = readDashboards();
const DURATION = /^\d+[smh]$/;

describe('the alert rules', () => {
  test('are what the source makes: run `npm run dashboards` and commit them', () => {
    const rendered = renderFiles().get(ALERT_FILE.replace('dashboards/', ''));
    expect(readFileSync(join(ROOT, ALERT_FILE), 'utf8')).toBe(rendered);
  });

  test('lie where Grafana looks for them in the directory that docker-compose.yml mounts', () => {
    const mount = mountsOf(readCompose()).find(({ target }) => target === '/etc/grafana/provisioning');
    expect(`./${ALERT_FILE}`).toMatch(new RegExp(`^${mount?.source}/alerting/[\\w-]+\\.yaml$`));
  });

  test('stand in the folder of the dashboards, in groups of which each has a name and an interval', () => {
    expect(file.apiVersion).toBe(1);
    for (const group of file.groups) {
      expect(group).toMatchObject({ orgId: 1, folder: 'Audit register' });
      expect(group.interval).toMatch(DURATION);
    }
    const names = file.groups.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('are the ones that are promised', () => {
    expect(RULES.map(({ uid }) => uid.replace('audit-register-', '')).toSorted()).toEqual([
      'break-in',
      'brute-force',
      'dead-letters',
      'dropped',
      'gap',
      'mass-delete',
      'schema-change',
      'silent',
    ]);
  });

  test('are held against the audit when it says nothing at all, or cannot be asked', () => {
    const silent = RULES.find(({ uid }) => uid.endsWith('silent'));
    expect(silent).toMatchObject({ noDataState: 'Alerting', execErrState: 'Alerting' });
    for (const { execErrState } of RULES) expect(['Alerting', 'Error']).toContain(execErrState);
  });
});

describe.each(RULES.map((rule) => [rule.title, rule] as const))('the rule "%s"', (_title, rule) => {
  const [query, condition] = rule.data;

  test('asks the data source for a table, and is met where its number is greater', () => {
    expect(rule.condition).toBe('B');
    expect(query).toMatchObject({ refId: 'A', datasourceUid: 'audit-register', model: { format: 1 } });
    expect(query.model.datasource).toEqual({ type: 'grafana-clickhouse-datasource', uid: 'audit-register' });
    expect(query.relativeTimeRange.from).toBeGreaterThan(query.relativeTimeRange.to);
    expect(condition).toMatchObject({ refId: 'B', datasourceUid: '__expr__' });
    expect(condition.model).toMatchObject({ type: 'threshold', expression: 'A' });
    expect(condition.model.conditions.map(({ evaluator }) => evaluator.type)).toEqual(['gt']);
    expect(rule.for).toMatch(DURATION);
  });

  /** NOTE: variables of a dashboard, and what its frontend expands, are not there when a rule is evaluated. */
  test('uses only macros that the backend of the data source expands', () => {
    const names = [...query.model.rawSql.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
    for (const name of names) expect(['__fromTime', '__toTime']).toContain(name);
    expect(names).toContain('__fromTime');
  });

  test('has no dollar sign where Grafana would put a variable of its environment', () => {
    const { uid, title, labels, annotations } = rule;
    expect(JSON.stringify({ uid, title, labels, annotations })).not.toContain('$');
    expect(uid.length).toBeLessThanOrEqual(40);
  });

  test('leads to a panel that shows more, and to a runbook', () => {
    const dashboard = DASHBOARDS.find(({ uid }) => uid === rule.dashboardUid);
    expect(dashboard, rule.dashboardUid).toBeDefined();
    const panel = dashboard && allPanels(dashboard).find(({ id }) => id === rule.panelId);
    expect(panel?.type).toBe('table');
    const [path = '', heading = ''] = (rule.annotations['runbook'] ?? '').split('#');
    expect(readFileSync(join(ROOT, path), 'utf8')).toContain(`\n## ${heading}\n`);
    expect(['critical', 'warning']).toContain(rule.labels['severity']);
  });
});

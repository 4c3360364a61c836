import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../compose/compose-file.ts';

export const ALERT_FILE = 'dashboards/provisioning/alerting/audit-register.yaml';

/** As Grafana reads it: grafana/grafana `pkg/services/provisioning/alerting/rules_types.go`. */
export interface AlertFile {
  readonly apiVersion: number;
  readonly groups: readonly {
    readonly orgId: number;
    readonly name: string;
    readonly folder: string;
    readonly interval: string;
    readonly rules: readonly AlertJson[];
  }[];
}

export interface AlertJson {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly for: string;
  readonly noDataState: string;
  readonly execErrState: string;
  readonly dashboardUid: string;
  readonly panelId: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: readonly [AlertQuery, AlertCondition];
}

interface AlertQuery {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  readonly model: {
    readonly rawSql: string;
    readonly format: number;
    readonly datasource: { readonly type: string; readonly uid: string };
  };
}

interface AlertCondition {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly model: {
    readonly type: string;
    readonly expression: string;
    readonly conditions: readonly {
      readonly evaluator: { readonly type: string; readonly params: number[] };
    }[];
  };
}

export function readAlerts(): AlertFile {
  return parse(readFileSync(join(ROOT, ALERT_FILE), 'utf8')) as AlertFile;
}

export const RULES: readonly AlertJson[] = readAlerts().groups.flatMap(({ rules }) => rules);

export function findRule(name: string): AlertJson {
  const rule = RULES.find(({ uid }) => uid === `audit-register-${name}`);
  if (rule === undefined) throw new Error(`There is no rule audit-register-${name}`);
  return rule;
}

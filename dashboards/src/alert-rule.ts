import { QueryBuilder, RuleBuilder } from '@grafana/grafana-foundation-sdk/alerting';
import type { Rule } from '@grafana/grafana-foundation-sdk/alerting';
import { TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { sqlQuery } from './query.ts';
import { DATA_SOURCE } from './store.ts';

/** Group of rules, and folder: that of the dashboards. */
export const FOLDER = { title: 'Audit register', uid: 'audit-register' } as const;

/** Where the runbooks are, in the repository: a heading for each rule. */
const RUNBOOKS = 'docs/alerts.md';

/** Data source of Grafana's own expressions. */
const EXPRESSIONS = { type: '__expr__', uid: '__expr__' } as const;

export interface AlertRule {
  /** Address of the rule; also the heading of its runbook. */
  readonly uid: string;
  readonly title: string;
  readonly severity: 'critical' | 'warning';
  /** A Go template. NOTE: without a `$`, in which Grafana would look for variables of its environment. */
  readonly summary: string;
  readonly description: string;
  /** Address of a dashboard, and the title of its panel that shows more. */
  readonly dashboard: readonly [uid: string, panel: string];
  /** Gives texts, which become labels, and one number. A row is an alert of its own. */
  readonly sql: string;
  /** How far back the query looks: `$__fromTime`. */
  readonly rangeSeconds: number;
  /** Fires where the number is greater. */
  readonly above: number;
  /** How long it has to be so. */
  readonly lasting: string;
  /** What it means that the query gives no row. */
  readonly nothing: 'OK' | 'Alerting';
  /** What it means that the store cannot be asked. */
  readonly unasked: 'Error' | 'Alerting';
}

/** The rule as Grafana's API takes it: query A, and B, which says whether A is too much. */
export function ruleOf(rule: AlertRule, group: string): Rule {
  const { uid, rangeSeconds, above } = rule;
  return new RuleBuilder(rule.title)
    .uid(uid)
    .folderUID(FOLDER.uid)
    .ruleGroup(group)
    .orgID(1)
    .condition('B')
    .withQuery(
      new QueryBuilder('A')
        .datasourceUid(DATA_SOURCE.uid)
        .relativeTimeRange({ from: rangeSeconds, to: 0 })
        .model(sqlQuery('table', rule.sql)),
    )
    .withQuery(
      new QueryBuilder('B')
        .datasourceUid(EXPRESSIONS.uid)
        .relativeTimeRange({ from: 0, to: 0 })
        .model(
          new TypeThresholdBuilder()
            .refId('B')
            .datasource(EXPRESSIONS)
            .expression('A')
            .conditions([{ evaluator: { type: 'gt', params: [above] } }]),
        ),
    )
    .forDuration(rule.lasting)
    .noDataState(rule.nothing)
    .execErrState(rule.unasked)
    .labels({ severity: rule.severity, register: 'audit-register' })
    .annotations({
      summary: rule.summary,
      description: rule.description,
      runbook: `${RUNBOOKS}#${uid.replace('audit-register-', '')}`,
    })
    .build();
}

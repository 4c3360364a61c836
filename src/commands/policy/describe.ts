import type { Config, PolicyLevel, PolicyRule } from '../../config/config.js';
import { isAtLeast } from '../../policy/possible-level.js';
import { COLUMNS } from '../../record/columns.js';
import type { Column } from '../../record/columns.js';
import type { AuditRecord } from '../../record/record.js';
import type { Evaluation } from './evaluate.js';

const WIDEST_NAME = 20;
const WIDEST_VALUE = 100;

/** The same for every record of a process, or only known once it is made. */
const OF_NO_INTEREST: ReadonlySet<string> = new Set([
  'record_id',
  'occurred_at',
  'recorded_at',
  'request_id',
  'service_version',
  'service_instance',
  'environment',
  'host_name',
  'process_id',
  'policy_level',
  'policy_rule',
]);

/** Of columns, by the category of the records that have them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  http: ['http'],
  db: ['db', 'to what'],
  app: ['to what'],
};

const NOTHING: ReadonlySet<unknown> = new Set(['', 0, undefined]);

/** What the policy says of one record, and the columns it would have. */
export function describeEvaluation(
  { category, action, target, decision, record }: Evaluation,
  { policy }: Config,
): readonly string[] {
  const { level, rule, delivery } = decision;
  const lines = [
    [category, [action, target].filter((part) => part !== '').join(' ')],
    ['  rule', rule === '' ? 'none takes it, and what is in doubt is recorded' : describeRule(rule, policy)],
    ['  level', level],
  ];
  if (level === 'none') return aligned([...lines, ['  recorded', 'nothing']]);
  if (record === undefined) return aligned([...lines, ['  recorded', 'nothing: beforeRecord leaves it out']]);
  const left = columnsAbove(level, category);
  return aligned([
    ...lines,
    ['  delivery', delivery],
    ...Object.entries(columnsOf(record)).map(([name, value]) => [`    ${name}`, shortened(textOf(value))]),
    ...(left.length === 0 ? [] : [['  left out', left.join(', ')]]),
  ]);
}

/** The same for programs. */
export function documentOf({ category, action, decision, record }: Evaluation): object {
  return {
    category,
    action,
    ...decision,
    record: record === undefined ? null : columnsOf(record),
    leftOut: decision.level === 'none' ? [] : columnsAbove(decision.level, category),
  };
}

function describeRule(name: string, policy: readonly PolicyRule[]): string {
  const at = policy.findIndex((rule) => rule.name === name);
  const match = Object.entries(policy[at]?.match ?? {}).map(
    ([condition, patterns]) => `${condition} ${patterns.join(' | ')}`,
  );
  const when = match.length === 0 ? 'everything' : match.join(', ');
  return shortened(`${name} (${at + 1} of ${policy.length}: ${when})`);
}

/** What there is to see of a record. */
function columnsOf(record: AuditRecord): Readonly<Record<string, unknown>> {
  const entries = Object.entries(record).filter(
    ([name, value]) => !OF_NO_INTEREST.has(name) && !isEmpty(value) && !/^0{8}-/.test(String(value)),
  );
  return Object.fromEntries(entries);
}

/** Columns that a higher level would keep, of those that records of this category have. */
function columnsAbove(level: PolicyLevel, category: string): readonly string[] {
  const groups = GROUPS[category] ?? [];
  return (COLUMNS as readonly Column[])
    .filter((column) => groups.includes(column.group) && !isAtLeast(level, column.level ?? 'metadata'))
    .map(({ name }) => (name === 'url_query' ? 'values of url_query' : name));
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return NOTHING.has(value);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, text]) => `${name}=${text}`)
    .join(', ');
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > WIDEST_VALUE ? `${line.slice(0, WIDEST_VALUE - 1)}…` : line;
}

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  return lines.map(([name = '', value = '']) => `${name.padEnd(WIDEST_NAME)} ${value}`.trimEnd());
}

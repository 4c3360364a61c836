import picomatch from 'picomatch';
import type { PolicyLevel, PolicyRule, RuleMatch } from '../config/config.js';
import { ConfigurationError } from '../errors.js';
import type { AuditRecord } from '../record/record.js';

/** What the policy says of a record: the first rule that takes it decides. */
export interface Decision {
  readonly level: PolicyLevel;
  readonly rule: string;
}

export type Policy = (record: AuditRecord) => Decision;

/** A record that no rule takes is kept: when in doubt, record. */
const NO_RULE: Decision = { level: 'metadata', rule: '' };

type Test = (record: AuditRecord) => boolean;
type TextTest = (value: string) => boolean;

/** Compiles rules once; deciding then allocates nothing. */
export function createPolicy(rules: readonly PolicyRule[]): Policy {
  const compiled = rules.map((rule) => ({
    decision: { level: rule.level, rule: rule.name },
    takes: compileMatch(rule),
  }));
  return (record) => compiled.find(({ takes }) => takes(record))?.decision ?? NO_RULE;
}

function compileMatch({ level, match }: PolicyRule): Test {
  const tests = Object.entries(match).map(([condition, patterns]) =>
    compileCondition(condition as keyof RuleMatch, patterns as readonly string[], level),
  );
  return (record) => tests.every((test) => test(record));
}

function compileCondition(condition: keyof RuleMatch, patterns: readonly string[], level: PolicyLevel): Test {
  switch (condition) {
    case 'status':
      return numberTest(patterns, (record) => record.http_status);
    case 'rows':
      return numberTest(patterns, (record) => record.db_rows);
    case 'role':
      return anyTest(patterns, (record) => record.actor_roles);
    case 'table':
      return tableTest(patterns, level);
    default:
      return textTest(patterns, TEXTS[condition]);
  }
}

const TEXTS: Record<
  Exclude<keyof RuleMatch, 'status' | 'rows' | 'role' | 'table'>,
  (record: AuditRecord) => string
> = {
  category: (record) => record.category,
  action: (record) => record.action,
  outcome: (record) => record.outcome,
  method: (record) => record.http_method,
  path: (record) => record.url_path,
  route: (record) => record.http_route,
  actor: (record) => record.actor_id,
  tenant: (record) => record.tenant_id,
  service: (record) => record.service_name,
};

function textTest(patterns: readonly string[], valueOf: (record: AuditRecord) => string): Test {
  const holds = compilePatterns(patterns);
  return (record) => holds(valueOf(record));
}

function anyTest(patterns: readonly string[], valuesOf: (record: AuditRecord) => readonly string[]): Test {
  const holds = compilePatterns(patterns);
  return (record) => valuesOf(record).some(holds);
}

/**
 * A rule that leaves records out must be right for every table of a statement, or a write would hide behind another;
 * a rule that keeps them needs one.
 */
function tableTest(patterns: readonly string[], level: PolicyLevel): Test {
  const holds = compilePatterns(patterns);
  const isDenial = patterns.every((pattern) => pattern.startsWith('!'));
  // NOTE: a name may be given with or without its schema; "not this table" must hold for both forms.
  const isNamed: TextTest = (table) =>
    isDenial ? holds(table) && holds(bare(table)) : holds(table) || holds(bare(table));
  return ({ target_tables: tables }) => {
    if (tables.length === 0) return false;
    return level === 'none' ? tables.every(isNamed) : tables.some(isNamed);
  };
}

function bare(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1);
}

/** One of the patterns must match, and none of those that begin with `!`. */
function compilePatterns(patterns: readonly string[]): TextTest {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(compileGlob);
  const unwanted = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => compileGlob(pattern.slice(1)));
  return (value) => {
    if (unwanted.some((test) => test(value))) return false;
    return wanted.length === 0 || wanted.some((test) => test(value));
  };
}

/** NOTE: most patterns are plain words, and comparing those is much cheaper than a regular expression. */
function compileGlob(glob: string): TextTest {
  if (/^[\w./:@ -]*$/.test(glob)) return (value) => value === glob;
  return picomatch(glob, { dot: true, nonegate: true });
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

function numberTest(patterns: readonly string[], valueOf: (record: AuditRecord) => number): Test {
  const tests = patterns.map(compileNumber);
  return (record) => {
    const value = valueOf(record);
    return tests.some((test) => test(value));
  };
}

/** `404`, `4xx`, `>=400`. */
function compileNumber(pattern: string): (value: number) => boolean {
  const family = /^([1-5])xx$/i.exec(pattern);
  if (family !== null) return (value) => Math.floor(value / 100) === Number(family[1]);
  const parts = /^(>=|<=|>|<|)\s*(\d+)$/.exec(pattern);
  const compare = COMPARISONS[parts?.[1] ?? '?'];
  if (parts === null || compare === undefined) {
    throw new ConfigurationError(
      `"policy": ${JSON.stringify(pattern)} is no number, comparison (>=400) or family (4xx).`,
    );
  }
  const bound = Number(parts[2]);
  return (value) => compare(value, bound);
}

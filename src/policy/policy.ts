import type { DeliveryMode, PolicyLevel, PolicyRule, RuleMatch } from '../config/config.js';
import { UNKNOWN_OPERATION, operationsOf } from '../record/operations.js';
import type { AuditRecord } from '../record/record.js';
import { compileNames, compileNumbers, compilePatterns, compileText } from './patterns.js';
import { plainPath } from './plain-path.js';

/** What the policy says of a record: the first rule that takes it decides. */
export interface Decision {
  readonly level: PolicyLevel;
  readonly rule: string;
  /** How safe the record must be before the response of its request may end. */
  readonly delivery: DeliveryMode;
}

export type Policy = (record: AuditRecord) => Decision;

type Test = (record: AuditRecord) => boolean;

/** What a record gets that no rule takes: when in doubt, record. */
export const WITHOUT_RULE = Object.freeze({ level: 'metadata', rule: '' } as const);

interface CompiledRule {
  readonly decision: Decision;
  readonly takesCategory: Test;
  /** By everything but the category. */
  readonly takes: Test;
}

/**
 * Compiles rules once; deciding then allocates nothing. Nearly all rules are of one category, and there are few: which rules
 * a category has is found out once.
 *
 * @param mode Of rules that do not say how their records are delivered.
 */
export function createPolicy(rules: readonly PolicyRule[], mode: DeliveryMode): Policy {
  const compiled = rules.map((rule): CompiledRule => {
    const { category, ...match } = rule.match;
    return {
      decision: { level: rule.level, rule: rule.name, delivery: rule.delivery ?? mode },
      takesCategory: compileMatch({ ...rule, match: category === undefined ? {} : { category } }),
      takes: compileMatch({ ...rule, match }),
    };
  });
  const withoutRule: Decision = { ...WITHOUT_RULE, delivery: mode };
  const known = new Map<string, readonly CompiledRule[]>();
  const rulesOf = (record: AuditRecord): readonly CompiledRule[] => {
    const ofCategory = compiled.filter(({ takesCategory }) => takesCategory(record));
    known.set(record.category, ofCategory);
    return ofCategory;
  };
  return (record) => {
    const ofCategory = known.get(record.category) ?? rulesOf(record);
    for (const { decision, takes } of ofCategory) if (takes(record)) return decision;
    return withoutRule;
  };
}

function compileMatch({ level, match }: Pick<PolicyRule, 'level' | 'match'>): Test {
  const tests = Object.entries(match).map(([condition, patterns]) =>
    compileCondition(condition as keyof RuleMatch, patterns as readonly string[], level),
  );
  return (record) => {
    for (const test of tests) if (!test(record)) return false;
    return true;
  };
}

export function compileCondition(
  condition: keyof RuleMatch,
  patterns: readonly string[],
  level: PolicyLevel,
): Test {
  switch (condition) {
    case 'status':
      return numberTest(patterns, (record) => record.http_status);
    case 'rows':
      return numberTest(patterns, (record) => record.db_rows);
    case 'role':
      return roleTest(patterns);
    case 'path':
      return pathTest(patterns, level);
    case 'table':
      return tableTest(patterns, level);
    case 'operation':
      return operationTest(patterns, level);
    default:
      return textTest(patterns, TEXTS[condition]);
  }
}

const TEXTS: Record<
  Exclude<keyof RuleMatch, 'status' | 'rows' | 'role' | 'path' | 'table' | 'operation'>,
  (record: AuditRecord) => string
> = {
  category: (record) => record.category,
  action: (record) => record.action,
  outcome: (record) => record.outcome,
  method: (record) => record.http_method,
  route: (record) => record.http_route,
  actor: (record) => record.actor_id,
  tenant: (record) => record.tenant_id,
  service: (record) => record.service_name,
};

function textTest(patterns: readonly string[], textOf: (record: AuditRecord) => string): Test {
  const holds = compileText(patterns);
  return (record) => holds(textOf(record));
}

function roleTest(patterns: readonly string[]): Test {
  const holds = compilePatterns(patterns);
  return ({ actor_roles: roles }) => holds(roles);
}

function numberTest(patterns: readonly string[], valueOf: (record: AuditRecord) => number): Test {
  const holds = compileNumbers(patterns);
  return (record) => holds(valueOf(record));
}

/**
 * A rule that leaves records out must be right however the path is understood, or `/public/../admin` and `/ADMIN` would
 * hide from it; a rule that keeps them needs one way to understand it.
 */
function pathTest(patterns: readonly string[], level: PolicyLevel): Test {
  const isDropping = level === 'none';
  const holds = compileText(patterns, isDropping ? { unwanted: true } : { wanted: true });
  return ({ url_path: path }) => {
    const plain = plainPath(path);
    if (plain === path) return holds(path);
    return isDropping ? holds(path) && holds(plain) : holds(path) || holds(plain);
  };
}

/**
 * A rule that leaves records out must be right for every table of a statement, or a write would hide behind another;
 * a rule that keeps them needs one.
 */
function tableTest(patterns: readonly string[], level: PolicyLevel): Test {
  const holds = compilePatterns(patterns);
  const isMeant = (table: string): boolean => holds([table, bare(table)]);
  return ({ target_tables: tables }) => {
    if (tables.length === 0) return false;
    return level === 'none' ? tables.every(isMeant) : tables.some(isMeant);
  };
}

/** As with tables: what a client packs into one request must not hide behind something that nobody wants recorded. */
function operationTest(patterns: readonly string[], level: PolicyLevel): Test {
  const globs = patterns.map(withoutSlashes);
  const holds = compileText(globs);
  const isSaid = compileNames(globs.filter((glob) => !glob.startsWith('!')));
  const isMeant = (operation: string): boolean => holds(withoutSlashes(operation));
  // NOTE: what nobody could name may be one of those that are excluded.
  const isLeftOut = (operation: string): boolean =>
    isMeant(operation) && (operation !== UNKNOWN_OPERATION || isSaid([operation]));
  return ({ attributes }) => {
    const operations = operationsOf(attributes);
    if (operations.length === 0) return false;
    return level === 'none' ? operations.every(isLeftOut) : operations.some(isMeant);
  };
}

/** The file of a server action is a part of its name, and no path whose folders end what `*` stands for. */
function withoutSlashes(text: string): string {
  return text.replaceAll('/', '\u001f');
}

function bare(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1);
}

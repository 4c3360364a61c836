import type { PolicyLevel, PolicyRule, RuleMatch } from '../config/config.js';
import type { AuditRecord } from '../record/record.js';
import { compileCondition, WITHOUT_RULE } from './policy.js';

/** The highest level that any rule could give to a record of which only some things are known. */
export type PossibleLevel = (known: AuditRecord) => PolicyLevel;

/** Most first. */
const LEVELS: readonly PolicyLevel[] = ['request_response', 'request', 'metadata', 'none'];

export function isAtLeast(level: PolicyLevel, wanted: PolicyLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(wanted);
}

/**
 * @param known Conditions that can be decided; one on anything else (status, actor, …) may hold.
 * @param withoutRule Of what no rule may take, or none of those that may. @default what the policy gives it
 */
export function createPossibleLevel(
  rules: readonly PolicyRule[],
  known: ReadonlySet<keyof RuleMatch>,
  withoutRule: PolicyLevel = WITHOUT_RULE.level,
): PossibleLevel {
  const compiled = rules.map((rule) => ({ level: rule.level, ...compilePossible(rule, known) }));
  return (record) => {
    let highest: PolicyLevel = 'none';
    for (const { level, mayTake, isSure } of compiled) {
      if (!mayTake(record)) continue;
      if (isAtLeast(level, highest)) highest = level;
      // NOTE: the first rule that takes a record decides; what stands behind one that is sure to take it never comes.
      if (isSure) return highest;
    }
    return isAtLeast(withoutRule, highest) ? withoutRule : highest;
  };
}

/** Whether a rule may take a record of which only some things are known, and whether it then surely does. */
export interface PossibleRule {
  readonly mayTake: (known: AuditRecord) => boolean;
  readonly isSure: boolean;
}

export function compilePossible(
  { level, match }: PolicyRule,
  known: ReadonlySet<keyof RuleMatch>,
): PossibleRule {
  const conditions = Object.keys(match) as (keyof RuleMatch)[];
  const tests = conditions
    .filter((condition) => known.has(condition))
    .map((condition) => compileCondition(condition, match[condition] as readonly string[], level));
  return {
    mayTake: (record) => tests.every((test) => test(record)),
    isSure: conditions.every((condition) => known.has(condition)),
  };
}

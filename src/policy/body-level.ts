import type { PolicyLevel, PolicyRule, RuleMatch } from '../config/config.js';
import type { AuditRecord } from '../record/record.js';
import { compileCondition } from './policy.js';

/** How much the policy may ask for when a request has ended, as far as can be said when it begins. */
export type BodyLevel = (method: string, path: string) => PolicyLevel;

/** Most first. */
const LEVELS: readonly PolicyLevel[] = ['request_response', 'request', 'metadata', 'none'];

type Known = Pick<AuditRecord, 'category' | 'http_method' | 'url_path'>;

const KNOWN: ReadonlySet<keyof RuleMatch> = new Set(['category', 'method', 'path']);

/**
 * The highest level that any rule could give; a condition on what is not known yet (status, actor, …) may hold.
 * Undefined where no rule ever asks for a body of any request.
 */
export function createBodyLevel(rules: readonly PolicyRule[]): BodyLevel | undefined {
  const compiled = rules.filter(concernsRequests).map(compileRule);
  if (!compiled.some(({ level }) => isAtLeast(level, 'request'))) return undefined;
  return (method, path) => {
    const known: Known = { category: 'http', http_method: method, url_path: path };
    let highest: PolicyLevel = 'none';
    for (const { level, mayTake, isSure } of compiled) {
      if (!mayTake(known)) continue;
      if (isAtLeast(level, highest)) highest = level;
      // NOTE: the first rule that takes a record decides; what stands behind one that is sure to take it never comes.
      if (isSure) break;
    }
    return highest;
  };
}

export function isAtLeast(level: PolicyLevel, wanted: PolicyLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(wanted);
}

/** A request writes no table. */
function concernsRequests({ level, match }: PolicyRule): boolean {
  if (match.table !== undefined) return false;
  return compileCategory(match, level)({ category: 'http', http_method: '', url_path: '' });
}

function compileCategory({ category }: RuleMatch, level: PolicyLevel): (known: Known) => boolean {
  if (category === undefined) return () => true;
  const test = compileCondition('category', category, level);
  return (known) => test(known as AuditRecord);
}

function compileRule({ level, match }: PolicyRule): {
  readonly level: PolicyLevel;
  readonly mayTake: (known: Known) => boolean;
  readonly isSure: boolean;
} {
  const conditions = Object.keys(match) as (keyof RuleMatch)[];
  const tests = conditions
    .filter((condition) => KNOWN.has(condition))
    .map((condition) => compileCondition(condition, match[condition] as readonly string[], level));
  return {
    level,
    mayTake: (known) => tests.every((test) => test(known as AuditRecord)),
    isSure: conditions.every((condition) => KNOWN.has(condition)),
  };
}

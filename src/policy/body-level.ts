import type { PolicyLevel, PolicyRule, RuleMatch } from '../config/config.js';
import type { AuditRecord } from '../record/record.js';
import { compileCondition } from './policy.js';
import { createPossibleLevel, isAtLeast } from './possible-level.js';

/** How much the policy may ask for when a request has ended, as far as can be said when it begins. */
export type BodyLevel = (method: string, path: string) => PolicyLevel;

type Known = Pick<AuditRecord, 'category' | 'http_method' | 'url_path'>;

const KNOWN: ReadonlySet<keyof RuleMatch> = new Set(['category', 'method', 'path']);

/** Undefined where no rule ever asks for a body of any request. */
export function createBodyLevel(rules: readonly PolicyRule[]): BodyLevel | undefined {
  const ofRequests = rules.filter(concernsRequests);
  if (!ofRequests.some(({ level }) => isAtLeast(level, 'request'))) return undefined;
  const levelOf = createPossibleLevel(ofRequests, KNOWN);
  return (method, path) => {
    const known: Known = { category: 'http', http_method: method, url_path: path };
    return levelOf(known as AuditRecord);
  };
}

/** A request writes no table. */
function concernsRequests({ level, match }: PolicyRule): boolean {
  const { category, table } = match;
  if (table !== undefined) return false;
  const request: Known = { category: 'http', http_method: '', url_path: '' };
  return category === undefined || compileCondition('category', category, level)(request as AuditRecord);
}

import type { DeliveryConfig, PolicyRule, RuleMatch } from '../config/config.js';
import type { AuditRecord } from '../record/record.js';
import { compileCondition } from './policy.js';
import { compilePossible, createPossibleLevel } from './possible-level.js';

/** Something that can be said of a request by its method and path, when it begins. */
export type RequestTest = (method: string, path: string) => boolean;

/** What delivery may ask of requests. */
export interface PossibleDelivery {
  /** Whether its response may have to wait for a record. Undefined where none ever has to. */
  readonly mayWait: RequestTest | undefined;
  /**
   * Whether it must not be served while records cannot be kept. One that leaves a record only if it fails may be: a health
   * check. Undefined where all may be.
   */
  readonly needsRecord: RequestTest | undefined;
}

type Known = Pick<AuditRecord, 'category' | 'outcome' | 'http_method' | 'url_path'>;

const OF_REQUEST: ReadonlySet<keyof RuleMatch> = new Set(['category', 'method', 'path']);
/** NOTE: a request to another has a method and a path that nobody knows before. */
const OF_CALL: ReadonlySet<keyof RuleMatch> = new Set(['category']);
const OF_SUCCESS: ReadonlySet<keyof RuleMatch> = new Set([...OF_REQUEST, 'outcome']);
/** NOTE: what a request does besides may be of any category. */
const OF_ANYTHING: ReadonlySet<keyof RuleMatch> = new Set(['method', 'path']);

export function createPossibleDelivery(
  rules: readonly PolicyRule[],
  { mode, onFull }: Pick<DeliveryConfig, 'mode' | 'onFull'>,
): PossibleDelivery {
  const isWriteAhead = ({ delivery }: Pick<PolicyRule, 'delivery'>): boolean =>
    (delivery ?? mode) === 'write-ahead';
  const hasWriteAhead = isWriteAhead({}) || rules.some(isWriteAhead);
  const isClosed = onFull === 'fail-closed';
  const ofRequests = rules.filter(concernsRequests);
  const waits = firstKept(ofRequests, OF_REQUEST, isWriteAhead);
  const othersWait = firstKept(rules.filter(concernsOthers), OF_ANYTHING, isWriteAhead);
  // NOTE: where a rule does not say that it means them, they wait with a request that waits.
  const callsWait = rules.some(
    (rule) =>
      rule.match.category !== undefined &&
      rule.level !== 'none' &&
      isWriteAhead(rule) &&
      compilePossible(rule, OF_CALL).mayTake(CALL as AuditRecord),
  );
  const needs = firstKept(ofRequests, OF_SUCCESS, (rule) => isClosed || isWriteAhead(rule));
  return {
    mayWait: hasWriteAhead
      ? (method, path) => {
          const known = requestOf(method, path);
          return callsWait || waits(known) || othersWait(known);
        }
      : undefined,
    needsRecord: hasWriteAhead || isClosed ? (method, path) => needs(requestOf(method, path)) : undefined,
  };
}

const CALL: Pick<AuditRecord, 'category'> = { category: 'call' };

/** Whether a request to another may leave a record. NOTE: only where a rule asks for that, for it is watched then. */
export function mayRecordCalls(rules: readonly PolicyRule[]): boolean {
  return createPossibleLevel(rules, OF_CALL, 'none')(CALL as AuditRecord) !== 'none';
}

/** Whether any rule that is asked for may take a record and keep it, before one that surely takes it. */
function firstKept(
  rules: readonly PolicyRule[],
  known: ReadonlySet<keyof RuleMatch>,
  isMeant: (rule: Pick<PolicyRule, 'delivery'>) => boolean,
): (record: AuditRecord) => boolean {
  const compiled = rules.map((rule) => ({
    isKept: rule.level !== 'none' && isMeant(rule),
    ...compilePossible(rule, known),
  }));
  return (record) => {
    for (const { isKept, mayTake, isSure } of compiled) {
      if (!mayTake(record)) continue;
      if (isKept || isSure) return isKept;
    }
    // NOTE: a record that no rule takes is kept.
    return isMeant({});
  };
}

function requestOf(method: string, path: string): AuditRecord {
  const known: Known = { category: 'http', outcome: 'success', http_method: method, url_path: path };
  return known as AuditRecord;
}

/** A request writes no table. */
function concernsRequests(rule: PolicyRule): boolean {
  return rule.match.table === undefined && takesCategory(rule, 'http');
}

/** Whether a rule is about more than requests. */
function concernsOthers(rule: PolicyRule): boolean {
  return CATEGORIES.some((category) => takesCategory(rule, category));
}

/** Of records that a request may leave beside its own. */
const CATEGORIES = ['db', 'auth', 'app', 'transaction'] as const;

function takesCategory({ level, match: { category } }: PolicyRule, name: string): boolean {
  if (category === undefined) return true;
  return compileCondition('category', category, level)({ category: name } as AuditRecord);
}

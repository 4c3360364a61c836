import type { PolicyRule, RuleMatch } from '../config/config.js';
import type { AuditRecord } from '../record/record.js';
import { compileCondition } from './policy.js';
import { createPossibleLevel } from './possible-level.js';

/** Whether a rule could ask for the rows that a statement brought back, as far as can be said when it has ended. */
export type RowLevel = (statement: AuditRecord) => boolean;

const KNOWN: ReadonlySet<keyof RuleMatch> = new Set(['category', 'action', 'table']);

/** Undefined where no rule ever asks for the rows of any statement. */
export function createRowLevel(rules: readonly PolicyRule[]): RowLevel | undefined {
  const ofStatements = rules.filter(concernsStatements);
  if (!ofStatements.some(({ level }) => level === 'request_response')) return undefined;
  const levelOf = createPossibleLevel(ofStatements, KNOWN);
  return (statement) => levelOf(statement) === 'request_response';
}

function concernsStatements({ level, match: { category } }: PolicyRule): boolean {
  return category === undefined || compileCondition('category', category, level)(STATEMENT);
}

const STATEMENT = { category: 'db' } as AuditRecord;

import type { Config } from '../../config/config.js';
import { createPossibleLevel } from '../../policy/possible-level.js';
import type { AuditRecord } from '../../record/record.js';
import type { AnalysedStatement } from '../../sql/analyse.js';

/** What is known of a text before it is sent. */
export interface KnownText {
  readonly statements: readonly AnalysedStatement[];
  /** Whether no query of this text leaves a record, however it ends and whoever sends it, nor teaches anything. */
  readonly isPassedOver: boolean;
}

/** What the text of a statement says of its record. */
const KNOWN = new Set(['category', 'action', 'table', 'service'] as const);

/** Actions that write nothing, which an answer does not change either. */
const READS: ReadonlySet<string> = new Set(['read', 'lock', 'copy_out']);

/** Tells what is known of a text by its statements. */
export function createKnownText({
  policy,
  service,
}: Pick<Config, 'policy' | 'service'>): (statements: readonly AnalysedStatement[]) => KnownText {
  const levelOf = createPossibleLevel(policy, KNOWN);
  const isDropped = ({ action, tables }: AnalysedStatement): boolean =>
    levelOf({
      category: 'db',
      action,
      target_tables: tables,
      service_name: service.name,
    } as unknown as AuditRecord) === 'none';
  return (statements) => {
    const [statement, ...others] = statements;
    const isAlone = statement !== undefined && others.length === 0;
    return { statements, isPassedOver: isAlone && leavesNothing(statement) && isDropped(statement) };
  };
}

/** Whether nothing of the session, of a transaction or of keys is learnt from it. */
function leavesNothing(statement: AnalysedStatement): boolean {
  const { action, problem, also, keys, returning, transaction } = statement;
  const { prepares, executes, deallocates, sets, mayMovePath, resets } = statement;
  const session = [transaction, prepares, executes, deallocates, sets, mayMovePath, resets];
  return (
    READS.has(action) &&
    problem === '' &&
    also.length + keys.length + returning.length === 0 &&
    session.every((change) => change === undefined)
  );
}

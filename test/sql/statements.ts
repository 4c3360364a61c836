import { expect } from 'vitest';
import { createSqlAnalyser } from '../../src/sql/analyse.ts';
import type { AnalysedStatement } from '../../src/sql/analyse.ts';
import type { Assignment, ValueSource } from '../../src/sql/values.ts';

const analyse = createSqlAnalyser();

/** The only statement of a text. */
export function one(text: string): AnalysedStatement {
  const statements = analyse(text);
  expect(statements).toHaveLength(1);
  return statements[0] as AnalysedStatement;
}

/** `{ column: value }`, with `$1` for a parameter. */
export function plain(assignments: readonly Assignment[]): Record<string, string | null> {
  return Object.fromEntries(assignments.map(({ column, source }) => [column, shown(source)]));
}

export function shown(source: ValueSource): string | null {
  return 'parameter' in source ? `$${source.parameter}` : source.constant;
}

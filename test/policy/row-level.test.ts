import { expect, it } from 'vitest';
import type { PolicyLevel, PolicyRule, RuleMatch } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createRowLevel } from '../../src/policy/row-level.ts';
import type { AuditRecord } from '../../src/record/record.ts';

type Rule = readonly [PolicyLevel, RuleMatch?];

const rowLevel = (...given: readonly Rule[]) =>
  createRowLevel(
    given.map(([level, match = {}], index): PolicyRule => ({ name: String(index), level, match })),
  );
const statement = (action: string, ...tables: string[]): AuditRecord =>
  ({ category: 'db', action, target_tables: tables }) as unknown as AuditRecord;

it('No rows are looked at where no rule asks for those of statements', () => {
  expect(createRowLevel(loadConfig({}, '/nowhere').policy)).toBeUndefined();
  expect(rowLevel(['request_response', { category: ['http'] }], ['request'])).toBeUndefined();
});

it('Rows are looked at for the actions and tables that a rule names', () => {
  const mayKeep = rowLevel(
    ['none', { category: ['db'], action: ['read'] }],
    ['request_response', { table: ['accounts', 'public.keys'] }],
    ['request'],
  );
  expect(mayKeep?.(statement('read', 'accounts'))).toBe(false);
  expect(mayKeep?.(statement('update', 'accounts'))).toBe(true);
  expect(mayKeep?.(statement('update', 'log', 'public.keys'))).toBe(true);
  expect(mayKeep?.(statement('update', 'log'))).toBe(false);
  expect(mayKeep?.(statement('other'))).toBe(false);
});

it('Rows are looked at where it hangs on what is not known yet', () => {
  const mayKeep = rowLevel(
    ['none', { actor: ['ada'] }],
    ['request_response', { tenant: ['acme'] }],
    ['none'],
  );
  expect(mayKeep?.(statement('read', 't'))).toBe(true);
});

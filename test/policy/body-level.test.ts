import { describe, expect, it } from 'vitest';
import type { PolicyLevel, PolicyRule, RuleMatch } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createBodyLevel } from '../../src/policy/body-level.ts';

type Rule = readonly [PolicyLevel, RuleMatch?];

const rules = (given: readonly Rule[]): PolicyRule[] =>
  given.map(([level, match = {}], index) => ({ name: String(index), level, match }));
const levelOf = (given: readonly Rule[], method: string, path: string): PolicyLevel | undefined =>
  createBodyLevel(rules(given))?.(method, path);

describe('the level that a request may get', () => {
  it.for<readonly [string, readonly Rule[]]>([
    ['the default policy', []],
    ['rules of statements', [['request', { category: ['db'] }], ['metadata']]],
    ['rules of tables', [['request_response', { table: ['users'] }], ['metadata']]],
    ['rules without bodies', [['none', { path: ['/health'] }], ['metadata']]],
  ])('is never that of a body with %s', ([name, given]) => {
    const policy = name === 'the default policy' ? loadConfig({}, '/nowhere').policy : rules(given);
    expect(createBodyLevel(policy)).toBeUndefined();
  });

  it('is that of the rule for its path and method', () => {
    const given: Rule[] = [['request', { path: ['/pay/**'], method: ['POST'] }], ['metadata']];
    expect(levelOf(given, 'POST', '/pay/1')).toBe('request');
    expect(levelOf(given, 'GET', '/pay/1')).toBe('metadata');
    expect(levelOf(given, 'POST', '/other')).toBe('metadata');
    expect(levelOf(given, 'POST', '/x/../pay/1')).toBe('request');
  });

  it('is the highest of those that depend on what is not known yet', () => {
    const given: Rule[] = [
      ['none', { path: ['/pay'], outcome: ['success'] }],
      ['request_response', { status: ['5xx'] }],
      ['request', { actor: ['ada'] }],
      ['metadata'],
    ];
    expect(levelOf(given, 'GET', '/pay')).toBe('request_response');
  });

  it('is not that of a rule behind one that is sure to take the request', () => {
    const given: Rule[] = [['none', { path: ['/pay'] }], ['metadata', { method: ['GET'] }], ['request']];
    expect(levelOf(given, 'POST', '/pay')).toBe('none');
    expect(levelOf(given, 'GET', '/other')).toBe('metadata');
    expect(levelOf(given, 'POST', '/other')).toBe('request');
  });
});

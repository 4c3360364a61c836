import { describe, expect, it } from 'vitest';
import type { DeliveryConfig, PolicyRule } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { createPossibleDelivery } from '../../src/policy/possible-delivery.ts';
import { storedRecord } from '../record/records.ts';

const rule = (given: Partial<PolicyRule>): PolicyRule => ({
  name: 'a',
  level: 'metadata',
  match: {},
  ...given,
});
const possible = (
  rules: readonly PolicyRule[],
  settings: Partial<Pick<DeliveryConfig, 'mode' | 'onFull'>> = {},
) => createPossibleDelivery(rules, { mode: 'spool', onFull: 'fail-open', ...settings });
const byDefault = (settings: Partial<Pick<DeliveryConfig, 'mode' | 'onFull'>>) =>
  possible(loadConfig({}, '/nowhere').policy, settings);

describe('what delivery may ask of a request', () => {
  it('is nothing by default', () => {
    expect(byDefault({})).toEqual({ mayWait: undefined, needsRecord: undefined });
    expect(byDefault({ mode: 'memory' })).toEqual({ mayWait: undefined, needsRecord: undefined });
  });

  it('is its record where full means closed, and no response waits', () => {
    const { mayWait, needsRecord } = byDefault({ onFull: 'fail-closed' });
    expect(mayWait).toBeUndefined();
    expect(needsRecord?.('GET', '/orders')).toBe(true);
    expect(needsRecord?.('GET', '/healthz')).toBe(false);
    expect(needsRecord?.('POST', '/healthz')).toBe(true);
  });

  it('is its record and its response in write-ahead mode', () => {
    const { mayWait, needsRecord } = byDefault({ mode: 'write-ahead' });
    expect([mayWait?.('GET', '/orders'), needsRecord?.('GET', '/orders')]).toEqual([true, true]);
    // A health check that fails is recorded.
    expect([mayWait?.('GET', '/healthz'), needsRecord?.('GET', '/healthz')]).toEqual([true, false]);
  });

  it('is that of the rule for its path', () => {
    const rules = [
      rule({ level: 'none', match: { category: ['http'], path: ['/pay/ping'] } }),
      rule({ match: { category: ['http'], path: ['/pay/**'] }, delivery: 'write-ahead' }),
      rule({}),
    ];
    const { mayWait, needsRecord } = possible(rules);
    for (const test of [mayWait, needsRecord]) {
      expect(test?.('POST', '/pay/1')).toBe(true);
      expect(test?.('POST', '/x/../pay/1')).toBe(true);
      expect(test?.('POST', '/pay/ping')).toBe(false);
      expect(test?.('GET', '/catalogue')).toBe(false);
    }
  });

  it('may be that of a rule on what is not known yet, which refuses nobody before that is known', () => {
    const rules = [rule({ match: { table: ['payments'] }, delivery: 'write-ahead' }), rule({})];
    expect(possible(rules).mayWait?.('GET', '/anything')).toBe(true);
    expect(possible(rules).needsRecord?.('GET', '/anything')).toBe(false);
  });

  it('is nothing for a path that a rule takes out of write-ahead mode', () => {
    const rules = [rule({ match: { path: ['/assets/**'] }, delivery: 'spool' }), rule({})];
    const { mayWait, needsRecord } = possible(rules, { mode: 'write-ahead' });
    expect([mayWait?.('GET', '/assets/a'), needsRecord?.('GET', '/assets/a')]).toEqual([false, false]);
    expect([mayWait?.('GET', '/b'), needsRecord?.('GET', '/b')]).toEqual([true, true]);
  });
});

describe('the delivery of a record', () => {
  it('is that of its rule, else that of the mode', () => {
    const policy = createPolicy(
      [rule({ match: { path: ['/pay'] }, delivery: 'write-ahead' }), rule({ match: { method: ['GET'] } })],
      'spool',
    );
    expect(policy(storedRecord({ url_path: '/pay' })).delivery).toBe('write-ahead');
    expect(policy(storedRecord({ url_path: '/', http_method: 'GET' })).delivery).toBe('spool');
    expect(policy(storedRecord({ url_path: '/', http_method: 'PUT' })).delivery).toBe('spool');
  });
});

describe('A rule about requests to others', () => {
  const calls = rule({ match: { category: ['call'] }, delivery: 'write-ahead' });

  it('lets every response wait, for nobody knows whom a handler asks', () => {
    const { mayWait } = possible([calls, rule({ match: {} })]);
    expect(mayWait?.('GET', '/anything')).toBe(true);
  });

  it('refuses no request: it takes none', () => {
    const { needsRecord } = possible(
      [
        rule({ match: { category: ['call'] } }),
        rule({ match: { category: ['http'], path: ['/healthz'] }, level: 'none' }),
      ],
      { onFull: 'fail-closed' },
    );
    expect(needsRecord?.('GET', '/healthz')).toBe(false);
  });
});

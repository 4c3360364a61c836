import { expect, test } from 'vitest';
import { TARGETS, targetTable, verdictOn } from '../../bench/report/targets.ts';
import type { Target } from '../../bench/report/targets.ts';
import type { Findings } from '../../bench/sections/sections.ts';

const AT_MOST: Target = {
  what: 'a cost',
  limit: 0.35,
  stretch: 0.2,
  unit: '×',
  digits: 2,
  measured: () => undefined,
};
const AT_LEAST: Target = {
  what: 'a rate',
  limit: 200_000,
  isLeast: true,
  unit: 'rows/s',
  digits: 0,
  measured: () => undefined,
};

test.each([
  [AT_MOST, 0.4, '**missed** by 0.05 ×'],
  [AT_MOST, 0.3, 'met; the stretch goal missed by 0.10 ×'],
  [AT_MOST, 0.2, 'met, and the stretch goal'],
  [AT_LEAST, 150_000, '**missed** by 50,000 rows/s'],
  [AT_LEAST, 200_000, 'met'],
  [AT_LEAST, undefined, 'not measured'],
])('%o with %d is %s', (target, measured, verdict) => {
  expect(verdictOn(target, measured)).toBe(verdict);
});

test('without a measurement no target is met', () => {
  const lines = targetTable({})
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const verdicts = lines.slice(2);
  expect(verdicts).toHaveLength(TARGETS.length);
  for (const line of verdicts) expect(line).toMatch(/\|\s*\| not measured \|$/);
});

test('what is added is compared within the rounds, with what the rival adds', () => {
  const sample = (cpuMicrosPerRequest: number) => ({
    requests: 1,
    requestsPerSecond: 1,
    cpuMicrosPerRequest,
    busy: 1,
    p50Millis: 1,
    p99Millis: 1,
    rssMegabytes: 1,
  });
  const samples = { bare: [sample(10)], 'otel-otlp': [sample(40)], audit: [sample(19)] };
  expect(TARGETS[0]?.measured({ trivial: { samples, lives: {} } })).toBeCloseTo(0.3);
});

test('latency is compared by what a variant adds to bare Node.js', () => {
  const paced = (p50Millis: number) => [
    {
      requests: 1,
      requestsPerSecond: 2_000,
      busy: 0.5,
      p50Millis,
      p99Millis: 2,
      lateP99Millis: 1,
      loopDelayP50Millis: 1,
      loopDelayP99Millis: 1,
    },
  ];
  const at = { bare: paced(1), 'postgres-events': paced(2), audit: paced(1.1) };
  const findings: Findings = { latency: { samples: { 2000: at }, lives: {} } };
  const target = TARGETS.find(({ what }) => what.startsWith('Latency added'));
  expect(target?.measured(findings)).toBeCloseTo(10);
});

test('a store that was filled with less than the target speaks of says nothing about it', () => {
  const store = { sizes: [{ rows: 20_000 }] } as unknown as Findings['store'];
  const ofStore = TARGETS.filter(({ what }) => what.includes('10,000,000'));
  expect(ofStore).toHaveLength(2);
  for (const { measured } of ofStore) expect(measured({ store } as Findings)).toBeUndefined();
});

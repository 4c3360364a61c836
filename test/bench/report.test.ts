import { expect, test } from 'vitest';
import type { Sample } from '../../bench/measure/shot.ts';
import type { StartSample } from '../../bench/measure/start-up.ts';
import type { Machine } from '../../bench/report/machine.ts';
import { renderReport } from '../../bench/report/report.ts';
import { problemsOf } from '../../bench/report/results.ts';
import type { Results } from '../../bench/report/results.ts';
import { LOAD_SECTIONS } from '../../bench/sections/load-sections.ts';
import type { LoadSection } from '../../bench/sections/section.ts';

const MACHINE: Machine = {
  date: '2026-11-21',
  cores: 2,
  cpu: 'A processor',
  memoryGigabytes: 24,
  platform: 'linux x64',
  node: 'v24.21.0',
  placement: 'the server has a core of its own',
  packages: { 'audit-register': '0.1.0' },
};
const EFFORT = { rounds: 2, seconds: 2.5, warmUp: 1, starts: 15 };
const SECTION = LOAD_SECTIONS['http']?.[0] as LoadSection;

function sample(cpuMicrosPerRequest: number, requestsPerSecond: number, problems: string[] = []): Sample {
  return {
    requests: 1000,
    requestsPerSecond,
    cpuMicrosPerRequest,
    busy: 1,
    p50Millis: 1,
    p99Millis: 2,
    rssMegabytes: 100,
    arrived: 1000,
    problems,
  };
}

/** The second round is twice as slow for everybody. */
function results(problems: string[] = []): Results {
  const rounds = (cpu: number, rate: number) => [sample(cpu, rate), sample(cpu * 2, rate / 2)];
  const samples = {
    bare: rounds(10, 40_000),
    'otel-noop': rounds(25, 20_000),
    'otel-otlp': rounds(50, 10_000),
    audit: [sample(30, 16_000, problems), sample(60, 8_000)],
  };
  return { machine: MACHINE, effort: EFFORT, loads: [{ section: SECTION, samples }] };
}

const rowOf = (report: string, title: string): string[] =>
  report
    .slice(report.indexOf(`## ${SECTION.title}`))
    .split('\n')
    .filter((line) => line.startsWith(`| ${title} |`))
    .flatMap((line) => line.split('|').map((cell) => cell.trim()));

test('a variant stands beside bare Node.js and beside the rival', () => {
  const [, , throughput, ratio, cpu, added, ofRival] = rowOf(renderReport(results()), 'audit-register');
  expect(throughput).toBe('12,000 (8,000–16,000)');
  expect(ratio).toBe('0.40');
  expect(cpu).toBe('45.0 (30.0–60.0)');
  expect(added).toBe('30.0 (20.0–40.0)');
  expect(ofRival).toBe('0.50 ×');
});

test('bare Node.js adds nothing to itself', () => {
  expect(rowOf(renderReport(results()), 'bare Node.js').slice(3, 7)).toEqual([
    '1',
    '15.0 (10.0–20.0)',
    '',
    '',
  ]);
});

test('a server that did not use its core is pointed out', () => {
  const { loads, ...rest } = results();
  const idle = { ...sample(10, 40_000), busy: 0.4 };
  const [load] = loads;
  const samples = { ...load?.samples, bare: [idle, idle] };
  const report = renderReport({ ...rest, loads: [{ section: SECTION, samples }] });
  expect(report).toContain('did not use up its core in: bare Node.js.');
  expect(renderReport(results())).not.toContain('did not use up its core');
});

test('a report without problems says that everything arrived', () => {
  const report = renderReport(results());
  expect(report).toContain('audit-register: 2,000 records, none missing, none too many.');
  expect(report).not.toContain('cannot be trusted');
});

test('a problem stands at the top, with its place', () => {
  const found = results(['http: 1000 records expected, 999 stored']);
  expect(problemsOf(found)).toEqual(['http, audit, round 1: http: 1000 records expected, 999 stored']);
  const report = renderReport(found);
  expect(report.indexOf('cannot be trusted')).toBeLessThan(report.indexOf(`## ${SECTION.title}`));
  expect(report).toContain('NOT as it should be');
});

test('start-up is told as what is added to bare Node.js', () => {
  const start = (millis: number, rss: number): StartSample => {
    const reading = { millis, rssBytes: rss * 1e6 };
    return { atFirstLine: reading, atFirstAnswer: reading, problems: [] };
  };
  const report = renderReport({
    machine: MACHINE,
    effort: EFFORT,
    loads: [],
    starts: { bare: [start(20, 40)], audit: [start(90.5, 60)] },
  });
  expect(report).toContain('| audit-register | 90.5 | 70.5 | 60.0 | 20.0 |');
});

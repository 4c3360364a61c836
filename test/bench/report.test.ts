import { expect, test } from 'vitest';
import type { LoadFindings } from '../../bench/measure/rounds.ts';
import type { StartSample } from '../../bench/measure/start-up.ts';
import type { Life, Sample } from '../../bench/measure/subject.ts';
import type { Machine } from '../../bench/report/machine.ts';
import { renderReport } from '../../bench/report/report.ts';
import { problemsOf } from '../../bench/report/results.ts';
import type { Results } from '../../bench/report/results.ts';
import { LOAD_SECTIONS } from '../../bench/sections/load-sections.ts';
import type { Findings } from '../../bench/sections/sections.ts';

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
const EFFORT = { isQuick: false, seconds: 2, starts: 15 };
const SECTION = LOAD_SECTIONS.five;

function sample(cpuMicrosPerRequest: number, requestsPerSecond: number): Sample {
  return {
    requests: 1000,
    requestsPerSecond,
    cpuMicrosPerRequest,
    busy: 1,
    p50Millis: 1,
    p99Millis: 2,
    rssMegabytes: 100,
  };
}

function life(coldCpuMicrosPerRequest: number, problems: string[] = []): Life {
  return { coldRequests: 2000, coldCpuMicrosPerRequest, requests: 3000, arrived: 2000, problems };
}

/** The second round is twice as slow for everybody. */
function measured(problems: string[] = []): LoadFindings {
  const rounds = (cpu: number, rate: number) => [sample(cpu, rate), sample(cpu * 2, rate / 2)];
  return {
    samples: {
      bare: rounds(10, 40_000),
      'otel-otlp': rounds(50, 10_000),
      audit: rounds(30, 16_000),
      'postgres-events': rounds(90, 5_000),
    },
    lives: {
      bare: [life(40)],
      'otel-otlp': [life(200)],
      audit: [life(140, problems)],
      'postgres-events': [life(190)],
    },
  };
}

function resultsOf(findings: Findings): Results {
  const measuredAt = Object.fromEntries(Object.keys(findings).map((name) => [name, '2026-11-21T02:00']));
  return { machine: MACHINE, effort: EFFORT, measuredAt, findings, failures: {} };
}

const reportOf = (findings: Findings): string => renderReport(resultsOf(findings), []);

const rowOf = (report: string, title: string): string[] =>
  report
    .slice(report.indexOf(`## ${SECTION.title}`))
    .split('\n')
    .filter((line) => line.startsWith(`| ${title} |`))
    .flatMap((line) => line.split('|').map((cell) => cell.trim()));

test('a variant stands beside bare Node.js and beside the rival, warm and cold', () => {
  const [, , throughput, ratio, cpu, added, ofRival, cold] = rowOf(
    reportOf({ five: measured() }),
    'audit-register',
  );
  expect(throughput).toBe('12,000 (8,000–16,000)');
  expect(ratio).toBe('0.40');
  expect(cpu).toBe('45.0 (30.0–60.0)');
  expect(added).toBe('30.0 (20.0–40.0)');
  expect(ofRival).toBe('0.50 ×');
  expect(cold).toBe('100');
});

test('bare Node.js adds nothing to itself', () => {
  expect(rowOf(reportOf({ five: measured() }), 'bare Node.js').slice(3, 8)).toEqual([
    '1',
    '15.0 (10.0–20.0)',
    '',
    '',
    '',
  ]);
});

test('a server that did not use its core is pointed out', () => {
  const found = measured();
  const idle = { ...sample(10, 40_000), busy: 0.4 };
  const report = reportOf({ five: { ...found, samples: { ...found.samples, bare: [idle, idle] } } });
  expect(report).toContain('did not use up its core in: bare Node.js.');
  expect(reportOf({ five: found })).not.toContain('did not use up its core');
});

test('a report without problems says that everything arrived', () => {
  const report = reportOf({ five: measured() });
  expect(report).toContain('audit-register: 2,000 records, none missing, none too many.');
  expect(report).not.toContain('cannot be trusted');
});

test('a problem stands at the top, with its place', () => {
  const found = { five: measured(['http: 1000 records expected, 999 stored']) };
  expect(problemsOf(resultsOf(found))).toEqual(['five, audit, 1: http: 1000 records expected, 999 stored']);
  const report = reportOf(found);
  expect(report.indexOf('cannot be trusted')).toBeLessThan(report.indexOf(`## ${SECTION.title}`));
  expect(report).toContain('NOT as it should be');
});

test('a section that broke off is a problem, and the others are there', () => {
  const results = { ...resultsOf({ five: measured() }), failures: { startup: 'it does not answer' } };
  expect(problemsOf(results)).toEqual(['startup: it does not answer']);
  expect(renderReport(results, [])).toContain(`## ${SECTION.title}`);
});

test('start-up is told as what is added to bare Node.js', () => {
  const start = (millis: number, rss: number): StartSample => {
    const reading = { millis, rssBytes: rss * 1e6 };
    return { atFirstLine: reading, atFirstAnswer: reading, problems: [] };
  };
  const report = reportOf({ startup: { bare: [start(20, 40)], audit: [start(90.5, 60)] } });
  expect(report).toContain('| audit-register | 90.5 | 70.5 | 60.0 | 20.0 |');
});

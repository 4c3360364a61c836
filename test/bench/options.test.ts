import { expect, test } from 'vitest';
import { parseOptions } from '../../bench/options.ts';
import { SECTION_NAMES } from '../../bench/sections/sections.ts';
import { parseCoreList, planCores } from '../../bench/stage/cores.ts';

test('a whole run is the only one that is published', () => {
  expect(parseOptions([])).toMatchObject({ sections: SECTION_NAMES, publishes: true });
  expect(parseOptions(['--quick']).publishes).toBe(false);
  expect(parseOptions(['--sections', 'trivial,startup'])).toMatchObject({
    sections: ['trivial', 'startup'],
    publishes: false,
  });
});

test('a part can be measured anew beside the others, but never by a quick run', () => {
  expect(parseOptions(['--sections', 'jwt', '--publish'])).toMatchObject({
    sections: ['jwt'],
    publishes: true,
  });
  expect(() => parseOptions(['--quick', '--publish'])).toThrow('--quick measures nothing');
});

test('the report can be made without measuring', () => {
  expect(parseOptions(['--report']).reportsOnly).toBe(true);
  expect(parseOptions([]).reportsOnly).toBe(false);
});

test('a published start-up time comes from at least 15 starts', () => {
  expect(parseOptions([]).effort.starts).toBeGreaterThanOrEqual(15);
});

test('a section that does not exist is refused by name', () => {
  expect(() => parseOptions(['--sections', 'trivial,grpc'])).toThrow(
    /^--sections knows trivial, update, .*, not "grpc"$/,
  );
});

test('one more history is as large as it is said to be', () => {
  expect(parseOptions(['--sections', 'store', '--largest', '30000000']).effort.largest).toBe(30_000_000);
  expect(parseOptions([]).effort.largest).toBeUndefined();
  for (const text of ['', '-1', '1e99', 'much'])
    expect(() => parseOptions([`--largest=${text}`])).toThrow('--largest takes a number of records');
});

test('server and client have different cores, and the databases whatever is left', () => {
  expect(planCores([0, 1])).toMatchObject({ server: '0', client: '1', others: '1', all: '0,1' });
  expect(planCores(parseCoreList('2-4,7'))).toMatchObject({ server: '2', client: '3', others: '4,7' });
});

test.each([
  ['taskset is missing', undefined, /taskset is missing/],
  ['there is one core', [0], /one core only/],
])('nothing is pinned when %s, and the report says so', (_when, affinity, description) => {
  const cores = planCores(affinity);
  expect(cores).toMatchObject({ server: '', client: '', others: '' });
  expect(cores.description).toMatch(description);
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { createSqlAnalyser, isSqlParserReady, loadSqlParser } from '../../src/sql/analyse.ts';
import { StatementCache } from '../../src/sql/statement-cache.ts';

beforeAll(loadSqlParser);

const SOAK = join(import.meta.dirname, '../fixtures/sql/soak.cjs');

/** Deep enough for every stack, short enough to be given to the parser whole. */
const deep = (name: string): string => `select ${'a+'.repeat(8_000)}${name}`;

test('a text that breaks the parser is an honest `other`, and the next one is read by a new parser', async () => {
  const analyse = createSqlAnalyser();
  process.exitCode = undefined;
  // NOTE: with an old one some 25 such texts ended in an endless loop.
  for (let round = 0; round < 60; round++) {
    const [broken] = analyse(deep(`x${round}`));
    expect(broken).toMatchObject({ action: 'other', tables: [] });
    expect(broken?.problem).toMatch(/parser broke|nested too deeply/);
    await loadSqlParser();
    expect(isSqlParserReady()).toBe(true);
    expect(analyse(`delete from t${round}`)[0]).toMatchObject({ action: 'delete', tables: [`t${round}`] });
  }
  expect(process.exitCode).toBeUndefined();
});

test('a text that breaks it twice is not tried a third time', async () => {
  const analyse = createSqlAnalyser();
  for (let round = 0; round < 2; round++) {
    analyse(deep('twice'));
    await loadSqlParser();
  }
  expect(analyse(deep('twice'))).toBe(analyse(deep('twice')));
  expect(isSqlParserReady()).toBe(true);
});

test('what is remembered is bounded by number and by bytes, and what is asked for again stays', () => {
  const cache = new StatementCache<string>((text) => text.length);
  cache.set('often', 'x');
  for (let index = 0; index < 20_000; index++) {
    cache.set(String(index), 'x');
    expect(cache.get('often')).toBe('x');
  }
  expect(cache.size).toBeLessThanOrEqual(4_000);
  for (let index = 0; index < 100; index++) cache.set(`${index}`.padEnd(1_000_000), 'x');
  expect(cache.size).toBeLessThanOrEqual(16);
  cache.set('x'.repeat(9_000_000), 'x');
  expect(cache.get('x'.repeat(9_000_000))).toBeUndefined();
});

test('a flood of distinct texts costs no memory that stays', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', SOAK]);
  const { wasmGrowth, heapGrowth, texts } = JSON.parse(stdout) as Record<string, number>;
  expect(texts).toBe(100_000);
  expect(wasmGrowth).toBe(0);
  // NOTE: bytes. What stays is the cache, which is full before the measurement begins.
  expect(heapGrowth).toBeLessThan(8_000_000);
});

import { beforeAll, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { EVERYTHING, findQuery, numbersOf, useAsker } from './asking.ts';
import { addPipelineHistory, lastHour } from './pipeline-history.ts';

const store = useClickHouse();
const asker = useAsker(store);

const ask = (title: string) =>
  asker().ask(findQuery(title, 'Pipeline & integrity'), {
    ...lastHour(),
    intervalMillis: 60_000,
    variables: EVERYTHING,
  });

async function rowsOf(title: string, ...columns: string[]): Promise<unknown[][]> {
  const { data } = await ask(title);
  return data.map((row) => columns.map((name) => row[name]));
}

beforeAll(() => addPipelineHistory(store()));

test('each process is what became of it', async () => {
  const rows = await rowsOf('Which processes are audited, and is one silent', 'service', 'state');
  expect(Object.fromEntries(rows)).toEqual({
    alive: 'alive',
    'believed-dead': 'alive',
    silent: 'silent',
    closed: 'closed',
    died: 'died',
    imported: 'history',
    holed: 'closed',
    doubled: 'closed',
    tampered: 'closed',
  });
  expect(rows[0]).toEqual(['silent', 'silent']);
});

test('the living are counted at both ends of the time range, and so are the silent', async () => {
  expect(numbersOf(await ask('Alive'))).toEqual([null, 2]);
  expect(numbersOf(await ask('Silent'))).toEqual([null, 1]);
});

test('imported history is not what is silent, nor whose chain was never closed', async () => {
  expect(await rowsOf('Whose chain was never closed', 'service')).toEqual([['silent']]);
});

test('what is missing is told by records and by entries', async () => {
  const rows = await rowsOf('What is missing', 'what', 'how_many', 'first_missing', 'service');
  expect(rows).toContainEqual(['records', 3, 3, 'holed']);
  expect(rows).toContainEqual(['entries', 1, 0, 'holed']);
  expect(numbersOf(await ask('Missing'))[1]).toBeGreaterThanOrEqual(3);
});

test('what was dropped and refused is told by the process that did not keep it', async () => {
  expect(await rowsOf('What was dropped or refused', 'service', 'dropped', 'dead')).toEqual([
    ['closed', 4, 1],
  ]);
  expect(numbersOf(await ask('Dropped'))).toEqual([null, 4]);
  expect(numbersOf(await ask('Dead letters'))).toEqual([null, 1]);
});

test('records without an entry are underway at first', async () => {
  expect(await rowsOf('Which records nobody vouches for', 'service', 'records', 'state')).toEqual([
    ['uncertified', 2, 'underway'],
  ]);
});

test('segments whose records are not what was sealed are found by their digest', async () => {
  const rows = await rowsOf('Whose records are not what was sealed', 'service', 'number', 'verdict');
  expect(rows.filter(([service]) => service === 'tampered')).toEqual([
    ['tampered', 1, 'changed'],
    ['tampered', 2, 'removed'],
  ]);
  expect(new Set(rows.map(([service]) => service))).toEqual(new Set(['tampered']));
});

test('records that are there twice are told, and are no finding', async () => {
  const { data } = await ask('Which records are there more than once');
  expect(data.map(({ copies }) => copies)).toEqual([2]);
});

test('delay is that of a process, not of history', async () => {
  const [, slowest] = numbersOf(await ask('Slowest percent'));
  expect(Number(slowest)).toBeGreaterThan(60);
  expect((await ask('How long they take to arrive')).data).not.toEqual([]);
});

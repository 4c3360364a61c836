import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Adoption } from '../../../src/delivery/spool/adoption.ts';
import { DeadLetters } from '../../../src/delivery/spool/dead-letters.ts';
import { DeliveredMarks } from '../../../src/delivery/spool/delivered-marks.ts';
import { inTurn } from '../../../src/delivery/spool/disk-steps.ts';
import { EndedChains } from '../../../src/delivery/spool/ended-chains.ts';
import { OccupiedBytes } from '../../../src/delivery/spool/occupied-bytes.ts';
import { listSpool } from '../../../src/delivery/spool/list-spool.ts';
import { isOwnerAlive } from '../../../src/delivery/spool/owner-directory.ts';
import { writeOwnerProcess } from '../../../src/delivery/spool/owner-process.ts';
import { uuidV4 } from '../../../src/record/uuid.ts';
import { until } from '../../process/condition.ts';
import { startSpoolProcess } from './spool-process.ts';
import {
  DESTINATION,
  filesBelow,
  headOf,
  rowsFrom,
  spoolIn,
  temporaryDirectory,
  writeSegment,
} from './written.ts';

interface Owner {
  readonly chain: string;
}

async function kinds(directory: string): Promise<string[]> {
  const found = await spoolIn(directory).adopt();
  return found.map(
    ({ seal }) => `${seal.seal.chain} ${seal.seal.number} ${seal.seal.kind} ${seal.seal.rows}`,
  );
}

test('What a killed process left is adopted, what a running or stopped one owns is not', async () => {
  const root = temporaryDirectory();
  const [killed, stopped, running] = ['killed', 'stopped', 'running'].map(() =>
    startSpoolProcess('own', root, 2),
  );
  const { chain } = await killed!.next<Owner>();
  for (const owner of [stopped!, running!]) await owner.next();
  stopped!.child.kill('SIGSTOP');
  await killed!.kill();
  expect(await kinds(root)).toEqual([
    `${chain} 1 records 3`,
    `${chain} 2 records 3`,
    `${chain} 3 records 3`,
    `${chain} 4 abandoned 0`,
  ]);
  const [listed] = await listSpool(root);
  expect(listed!.owners.map(({ isAlive }) => isAlive)).toEqual([true, true, true]);
  stopped!.child.kill('SIGKILL');
});

test('A process ends by itself although it owns a part of the spool', async () => {
  const root = temporaryDirectory();
  const owner = startSpoolProcess('end', root, 1);
  const [code] = (await once(owner.child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(await kinds(root)).toHaveLength(3);
});

test('A worker thread that was terminated is dead, although its process lives', async () => {
  const root = temporaryDirectory();
  const owner = startSpoolProcess('worker', root, 1);
  const { chain } = await owner.next<Owner>();
  expect(await kinds(root)).toEqual([]);
  owner.child.send('terminate');
  await owner.next();
  expect(await kinds(root)).toEqual([
    `${chain} 1 records 3`,
    `${chain} 2 records 3`,
    `${chain} 3 abandoned 0`,
  ]);
});

test('A cluster worker that was killed is dead, although its primary lives', async () => {
  const root = temporaryDirectory();
  const owner = startSpoolProcess('cluster', root, 1);
  const { chain, pid } = await owner.next<Owner & { pid: number }>();
  expect(await kinds(root)).toEqual([]);
  process.kill(pid, 'SIGKILL');
  await owner.next();
  expect(await kinds(root)).toEqual([
    `${chain} 1 records 3`,
    `${chain} 2 records 3`,
    `${chain} 3 abandoned 0`,
  ]);
});

test('Of twenty processes that adopt fifty dead ones, each segment comes to exactly one', async () => {
  const root = temporaryDirectory();
  const expected: string[] = [];
  for (let index = 0; index < 50; index += 1) {
    const dead = spoolIn(join(root, 'made'));
    const first = await writeSegment(dead);
    const chain = first.head.chain;
    await writeSegment(dead, { chain, number: 2, firstSequence: 4, previous: first.seal.hash });
    expected.push(`${chain}/1`, `${chain}/2`, `${chain}/3`);
    await dead.close();
  }
  const adopters = Array.from({ length: 20 }, () => startSpoolProcess('adopt', join(root, 'made')));
  for (const adopter of adopters) await adopter.next();
  for (const adopter of adopters) adopter.child.send('go');
  const found = await Promise.all(adopters.map((adopter) => adopter.next<{ found: string[] }>()));
  const all = found.flatMap((answer) => answer.found);
  expect(all.sort()).toEqual(expected.sort());

  // None of them delivered anything. All die, and one more finds the same, from directories in directories.
  for (const adopter of adopters) await adopter.kill();
  const heir = startSpoolProcess('adopt', join(root, 'made'));
  await heir.next();
  heir.child.send('go');
  expect((await heir.next<{ found: string[] }>()).found.sort()).toEqual(expected);
  await heir.kill();
  const last = spoolIn(join(root, 'made'));
  const segments = await last.adopt();
  expect(segments).toHaveLength(expected.length);
  for (const segment of segments) await segment.done();
  expect(await last.adopt()).toEqual([]);
  await last.close();
  expect(readdirSync(join(root, 'made', DESTINATION))).toEqual(['ended']);
  expect(last.takePredecessors()).toHaveLength(50);
}, 120_000);

test('What an adopter sealed has the same seal for the next one', async () => {
  const root = temporaryDirectory();
  const owner = startSpoolProcess('own', root, 1);
  await owner.next();
  await owner.kill();
  const first = spoolIn(root);
  const seals = (await first.adopt()).map(({ seal }) => seal.text);
  await first.close();
  expect((await spoolIn(root).adopt()).map(({ seal }) => seal.text)).toEqual(seals);
  expect(seals).toHaveLength(3);
});

test('A chain of which everything was delivered is closed behind its last seal', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const { file, seal, head } = await writeSegment(dead);
  await dead.stored(file, seal).done();
  await dead.close();
  const [end, ...others] = await spoolIn(root).adopt();
  expect(others).toEqual([]);
  expect(end!.seal.seal).toMatchObject({
    chain: head.chain,
    number: 2,
    kind: 'abandoned',
    previous: seal.hash,
    first: 4,
    last: 3,
    counts: seal.seal.counts,
  });
});

test('A path that is too long for a socket has one all the same', async () => {
  const root = join(temporaryDirectory(), 'x'.repeat(120), 'y'.repeat(120));
  const owner = startSpoolProcess('own', root, 1);
  await owner.next();
  expect(filesBelow(join(root, DESTINATION)).some((name) => name.endsWith('/owner'))).toBe(true);
  expect(await kinds(root)).toEqual([]);
  await owner.kill();
  expect(await kinds(root)).toHaveLength(3);
});

test('Without a socket, an owner is told by its process, and who cannot be told is alive', async () => {
  const directory = join(temporaryDirectory(), uuidV4());
  mkdirSync(directory);
  expect(await isOwnerAlive(directory)).toBe(false);
  await inTurn(writeOwnerProcess(directory));
  expect(await isOwnerAlive(directory)).toBe(true);
  const path = join(directory, 'owner.json');
  const dead = startSpoolProcess('own', temporaryDirectory(), 0);
  await dead.next();
  await dead.kill();
  writeFileSync(path, JSON.stringify({ pid: dead.child.pid, startedAt: '', boot: '', pidNamespace: '' }));
  expect(await isOwnerAlive(directory)).toBe(false);
  writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: '1', boot: '', pidNamespace: '' }));
  expect(await isOwnerAlive(directory)).toBe(false);
  writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: '', boot: 'another', pidNamespace: '' }));
  expect(await isOwnerAlive(directory)).toBe(false);
  writeFileSync(path, JSON.stringify({ pid: 2 ** 22, startedAt: '', boot: '', pidNamespace: 'another' }));
  expect(await isOwnerAlive(directory)).toBe(true);
  writeFileSync(path, 'torn {');
  expect(await isOwnerAlive(directory)).toBe(true);
  rmSync(path);
});

test('A directory that nobody finished is removed when it is old, and its owner dead', async () => {
  const root = temporaryDirectory();
  const [old, young] = [uuidV4(), uuidV4()].map((id) => join(root, DESTINATION, `.${id}`));
  for (const path of [old!, young!]) mkdirSync(path, { recursive: true });
  utimesSync(old!, new Date(0), new Date(0));
  await spoolIn(root).adopt();
  expect(readdirSync(join(root, DESTINATION))).toEqual([young!.slice(-37)]);
});

for (const [name, end] of [
  ['is sealed', 'seal'],
  ['stays open', ''],
]) {
  test(`What is in memory at the exit of a process is written behind the append under way; the file ${name}`, async () => {
    const root = temporaryDirectory();
    const owner = startSpoolProcess('exit', root, end);
    await once(owner.child, 'exit');
    const found = await spoolIn(root).adopt();
    expect(found.map(({ seal }) => [seal.seal.kind, seal.seal.rows])).toEqual([
      ['records', 1500],
      ['abandoned', 0],
    ]);
    expect((await found[0]!.load()).missing).toEqual([]);
  });
}

test('A process that ends during its very first append loses nothing', async () => {
  const root = temporaryDirectory();
  for (let time = 0; time < 5; time += 1) {
    const owner = startSpoolProcess('exitAtOnce', root);
    await once(owner.child, 'exit');
    const found = await until('the segment', async () => {
      const segments = await spoolIn(root).adopt();
      return segments.length > 0 && segments;
    });
    expect(found.map(({ seal }) => seal.seal.rows)).toEqual([1500, 0]);
    for (const segment of found) await segment.done();
  }
});

test('Two adoptions at once in one process give each segment once', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  await writeSegment(dead);
  await dead.close();
  const spool = spoolIn(root);
  const found = await Promise.all([spool.adopt(), spool.adopt()]);
  expect(found.map((segments) => segments.length)).toEqual([2, 0]);
});

test('No more segments than may wait are given out, the others when these are delivered', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const chain = uuidV4();
  for (let number = 1; number <= 13; number += 1) {
    await writeSegment(dead, { chain, number }, 0, number === 13 ? 'closing' : 'heartbeat');
  }
  await dead.close();
  const adopted = join(root, 'adopted');
  renameSync(join(root, DESTINATION), adopted);
  const bytes = new OccupiedBytes();
  const adoption = new Adoption({
    letters: new DeadLetters(() => root),
    ended: new EndedChains(() => root),
    marks: new DeliveredMarks(bytes),
    bytes,
    warn: () => {},
    finish: async ({ path }) => {
      rmSync(path);
      adoption.forget(path);
    },
    mostWaiting: 10,
  });
  const numbers = async (): Promise<number[]> =>
    (await adoption.recover(adopted)).map(({ seal }) => seal.seal.number);
  const first = await adoption.recover(adopted);
  expect(first.map(({ seal }) => seal.seal.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await numbers()).toEqual([]);
  for (const segment of first.slice(0, 2)) await segment.done();
  expect(await numbers()).toEqual([11, 12]);
  for (const segment of first.slice(2)) await segment.done();
  expect(await numbers()).toEqual([13]);
});

test('A chain whose process had two directories is one chain', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const first = await writeSegment(dead);
  await dead.close();
  await writeSegment(dead, {
    chain: first.head.chain,
    number: 2,
    firstSequence: 4,
    previous: first.seal.hash,
  });
  await dead.close();
  const found = await spoolIn(root).adopt();
  expect(found.map(({ seal }) => [seal.seal.number, seal.seal.kind])).toEqual([
    [1, 'records'],
    [2, 'records'],
    [3, 'abandoned'],
  ]);
});

test('What an append was acknowledged for is found after a kill at any moment', async () => {
  const root = temporaryDirectory();
  for (let time = 1; time <= 12; time += 1) {
    const owner = startSpoolProcess('stream', root);
    await until('some appends', () => owner.said.length > time * 7);
    await owner.kill();
    const { chain, written } = owner.said.at(-1) as { chain: string; written: number };
    const adopted = await spoolIn(root).adopt();
    const found = adopted.find(({ seal }) => seal.seal.chain === chain);
    expect(found!.seal.seal.last).toBeGreaterThanOrEqual(written);
    const { segment, missing } = await found!.load();
    expect([segment.rowCount, missing]).toEqual([found!.seal.seal.last, []]);
  }
});

test('Adopters that are killed at any moment leave everything to the next one, with the same seals', async () => {
  const root = temporaryDirectory();
  const expected: string[] = [];
  for (let index = 0; index < 20; index += 1) {
    const dead = spoolIn(root);
    const head = headOf();
    const file = dead.begin(head);
    await file.append(rowsFrom(head, 1, 30), false);
    await dead.close();
    expected.push(`${head.chain}/1`, `${head.chain}/2`);
  }
  for (let time = 0; time < 8; time += 1) {
    const adopter = startSpoolProcess('adopt', root);
    await adopter.next();
    adopter.child.send('go');
    const adopted = (): number => filesBelow(root).filter((name) => name.includes('/adopted/')).length;
    // A different moment each time; which one it is decides nothing.
    await until('something adopted', () => adopted() > time * 3 || adopter.said.length > 0);
    await adopter.kill();
  }
  const spool = spoolIn(root);
  const found = await spool.adopt();
  expect(found.map(({ seal }) => `${seal.seal.chain}/${seal.seal.number}`).sort()).toEqual(expected.sort());
  for (const segment of found) {
    const { missing, segment: loaded } = await segment.load();
    expect([missing, loaded.rowCount]).toEqual([[], segment.seal.seal.rows]);
  }
  const links = new Map(found.map(({ seal }) => [`${seal.seal.chain}/${seal.seal.number}`, seal]));
  for (const { seal } of found) {
    if (seal.seal.number === 2) expect(seal.seal.previous).toBe(links.get(`${seal.seal.chain}/1`)!.hash);
  }
});

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeHead } from '../../../src/delivery/spool/segment-head.ts';
import { encodeSeal } from '../../../src/delivery/spool/stored-seal.ts';
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
  sealOf,
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
  writeOwnerProcess(directory);
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

test('No more than 10,000 segments are given out, the others when these are delivered', async () => {
  const root = temporaryDirectory();
  const directory = join(root, DESTINATION, uuidV4());
  mkdirSync(directory, { recursive: true });
  const chain = uuidV4();
  const amount = 10_003;
  for (let number = 1; number <= amount; number += 1) {
    const head = headOf({ chain, number, columns: [['sequence', 'UInt64']] });
    const seal = sealOf(head, [], { kind: number === amount ? 'closing' : 'heartbeat' });
    const path = join(directory, `${chain}-${String(number).padStart(12, '0')}.segment`);
    writeFileSync(path, Buffer.concat([...encodeHead(head), ...encodeSeal(seal)]));
  }
  const spool = spoolIn(root);
  const first = await spool.adopt();
  expect([first.length, first[0]!.seal.seal.number, first.at(-1)!.seal.seal.number]).toEqual([
    10_000, 1, 10_000,
  ]);
  expect(await spool.adopt()).toEqual([]);
  for (const segment of first.slice(0, 10)) await segment.done();
  expect((await spool.adopt()).map(({ seal }) => seal.seal.number)).toEqual([10_001, 10_002, 10_003]);
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

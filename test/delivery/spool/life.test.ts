import { existsSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { decodeRecords } from '../../../src/record/decode.ts';
import {
  concat,
  DESTINATION,
  filesBelow,
  headOf,
  rowsFrom,
  sealOf,
  spoolIn,
  temporaryDirectory,
  writeSegment,
} from './written.ts';

test('Nothing is on disk before the first rows', async () => {
  const root = join(temporaryDirectory(), 'deep', 'spool');
  const spool = spoolIn(root);
  spool.begin(headOf());
  expect(await spool.adopt()).toEqual([]);
  expect(spool.takePredecessors()).toEqual([]);
  expect(existsSync(root)).toBe(false);
  await spool.close();
  expect(existsSync(root)).toBe(false);
});

test('What was appended and sealed is loaded again, byte for byte', async () => {
  const spool = spoolIn(temporaryDirectory());
  const head = headOf();
  const file = spool.begin(head);
  const runs = [rowsFrom(head, 1, 2), rowsFrom(head, 3, 1), rowsFrom(head, 4, 5)];
  for (const run of runs) await file.append(run, run.first === 3);
  const seal = sealOf(head, runs);
  await file.seal(seal);
  expect(file.byteLength).toBe(statSync(file.path).size);
  expect(spool.byteLength()).toBe(file.byteLength);
  const { segment, missing } = await spool.stored(file, seal).load();
  expect(missing).toEqual([]);
  expect(segment).toMatchObject({ id: head.segment, chainId: head.chain, firstSequence: 1, lastSequence: 8 });
  expect(segment.rowCount).toBe(8);
  expect(segment.rows.equals(concat(runs))).toBe(true);
  expect([...decodeRecords(segment.rows)].map((row) => row.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('Directories are for this user alone, and so are files, whatever the umask', async () => {
  for (const umask of [0o000, 0o277]) {
    const root = join(temporaryDirectory(), 'spool');
    const before = process.umask(umask);
    try {
      const spool = spoolIn(root);
      const { file, seal } = await writeSegment(spool);
      await spool.stored(file, seal).done();
      await writeSegment(spool);
      for (const path of [root, join(root, DESTINATION), dirname(file.path)]) {
        expect(statSync(path).mode & 0o777).toBe(0o700);
      }
      for (const name of filesBelow(dirname(file.path)).filter((name) => name !== 'owner')) {
        expect(statSync(join(dirname(file.path), name)).mode & 0o777, name).toBe(0o600);
      }
    } finally {
      process.umask(before);
    }
  }
});

test('A delivered segment leaves its seal, until a newer one of its chain is delivered', async () => {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const first = await writeSegment(spool);
  const chain = first.head.chain;
  const second = await writeSegment(spool, { chain, number: 2, firstSequence: 4, previous: first.seal.hash });
  const names = (): string[] => filesBelow(dirname(first.file.path)).map((name) => name.slice(-9));
  await spool.stored(second.file, second.seal).done();
  expect(names()).toEqual(['1.segment', '0002.done', 'owner']);
  await spool.stored(first.file, first.seal).done();
  expect(names()).toEqual(['0002.done', 'owner']);
  const third = await writeSegment(spool, { chain, number: 3, firstSequence: 7 });
  await spool.stored(third.file, third.seal).done();
  expect(names()).toEqual(['0003.done', 'owner']);
  const size = statSync(join(dirname(first.file.path), readdirSync(dirname(first.file.path))[0]!)).size;
  expect(spool.byteLength()).toBe(size);
});

test('The end of a chain is named by one successor', async () => {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const first = await writeSegment(spool);
  await spool.stored(first.file, first.seal).done();
  const values = { chain: first.head.chain, number: 2, firstSequence: 4, previous: first.seal.hash };
  const last = await writeSegment(spool, values, 0, 'closing');
  await spool.stored(last.file, last.seal).done();
  const end = { chain: first.head.chain, number: 2, hash: last.seal.hash };
  expect(spool.takePredecessors()).toEqual([end]);
  expect(spoolIn(root).takePredecessors()).toEqual([]);
  expect(spool.takePredecessors()).toEqual([]);
  await writeSegment(spool, { predecessors: [end] });
  await vi.waitUntil(() => readdirSync(join(root, DESTINATION, 'ended')).length === 0);
});

test('A spool in which nothing waits leaves nothing behind', async () => {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const { file, seal } = await writeSegment(spool, {}, 3, 'closing');
  await spool.stored(file, seal).done();
  await spool.close();
  expect(readdirSync(join(root, DESTINATION))).toEqual(['ended']);
  expect(spool.byteLength()).toBe(0);
});

test('A closed spool, or one whose directory was removed, goes on in a new directory', async () => {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const first = await writeSegment(spool);
  await spool.close();
  const second = await writeSegment(spool);
  expect(dirname(second.file.path)).not.toBe(dirname(first.file.path));
  const third = spool.begin(headOf());
  const head = headOf();
  await third.append(rowsFrom(head, 1, 1), false);
  expect(third.isInPlace()).toBe(true);
  rmSync(join(root, DESTINATION), { recursive: true });
  expect(third.isInPlace()).toBe(false);
  await third.append(rowsFrom(head, 2, 1), false);
  const fourth = await writeSegment(spool);
  expect(fourth.file.isInPlace()).toBe(true);
  expect(filesBelow(root).filter((name) => name.endsWith('.segment'))).toHaveLength(1);
});

test('A segment that dead processes left is found, sealed, and its chain closed', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const first = await writeSegment(dead);
  const chain = first.head.chain;
  const head = headOf({ chain, number: 2, firstSequence: 4, previous: first.seal.hash });
  const open = dead.begin(head);
  const runs = [rowsFrom(head, 4, 2), rowsFrom(head, 6, 1)];
  for (const run of runs) await open.append(run, false);
  await dead.close();

  const spool = spoolIn(root);
  const found = await spool.adopt();
  expect(found.map(({ seal }) => [seal.seal.number, seal.seal.kind, seal.seal.rows])).toEqual([
    [1, 'records', 3],
    [2, 'records', 3],
    [3, 'abandoned', 0],
  ]);
  expect(found[1]!.seal.seal).toMatchObject({
    previous: first.seal.hash,
    first: 4,
    last: 6,
    digest: sealOf(head, runs).seal.digest,
    occurredFrom: '4000',
    occurredTo: '6000',
    sealedAt: '60',
    counts: { appended: 6 },
  });
  expect(found[2]!.seal.seal).toMatchObject({ previous: found[1]!.seal.hash, first: 7, last: 6 });
  expect(await spool.adopt()).toEqual([]);
  const { segment } = await found[1]!.load();
  expect(segment.rows.equals(concat(runs))).toBe(true);
  for (const segment of found) await segment.done();
  expect(spool.takePredecessors()).toEqual([{ chain, number: 3, hash: found[2]!.seal.hash }]);
  await spool.adopt();
  await spool.close();
  expect(readdirSync(join(root, DESTINATION))).toEqual(['ended']);
});

test('A file that is given up is closed, also while it is written', async () => {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const descriptors = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
      } catch {
        return false;
      }
    }).length;
  for (const isWriting of [false, true]) {
    const head = headOf();
    const file = spool.begin(head);
    await file.append(rowsFrom(head, 1, 1), false);
    expect(descriptors()).toBe(1);
    const writing = isWriting ? file.append(rowsFrom(head, 2, 1), false) : undefined;
    await file.abandon();
    await writing;
    expect(descriptors()).toBe(0);
  }
});

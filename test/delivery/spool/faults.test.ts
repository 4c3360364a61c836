import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SpoolFullError } from '../../../src/delivery/spool/spool-full-error.ts';
import { startSpoolProcess } from './spool-process.ts';
import {
  DESTINATION,
  filesBelow,
  headOf,
  rowsFrom,
  sealOf,
  spoolIn,
  temporaryDirectory,
  writeSegment,
} from './written.ts';

const NOBODY = '65534';
const isRoot = process.getuid?.() === 0;
/** Runs a program as somebody whom file modes keep out, as they do not keep out root. */
const AS_NOBODY = isRoot ? ['/usr/bin/env', 'setpriv', `--reuid=${NOBODY}`, '--clear-groups'] : [];

interface Filled {
  readonly chain: string;
  readonly codes: readonly string[];
  readonly written: number;
  readonly byteLength: number;
  readonly path: string;
}

/** Whether a file system could be mounted there; it is unmounted when the test ends. */
function mounts(path: string, options: string): boolean {
  mkdirSync(path, { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  if (status !== 0) return false;
  onTestFinished(() => {
    spawnSync('umount', ['-l', path]);
  });
  return true;
}

async function expectWholeAfter(root: string, filled: Filled): Promise<void> {
  const found = await spoolIn(root).adopt();
  expect(found[0]!.seal.seal).toMatchObject({ chain: filled.chain, first: 1, last: filled.written });
  const { segment, missing } = await found[0]!.load();
  expect([segment.rowCount, missing]).toEqual([filled.written, []]);
}

test('A full disk is said, what is in the file stays, and it goes on when there is room', async ({
  skip,
}) => {
  const root = join(temporaryDirectory(), 'small');
  if (!mounts(root, 'size=64k,mode=1777')) skip('this user may not mount a small file system');
  const ballast = join(root, 'ballast');
  writeFileSync(ballast, Buffer.alloc(24 * 1024));
  const spool = spoolIn(root);
  const head = headOf();
  const file = spool.begin(head);
  const codes = new Set<string>();
  let first = 1;
  while (codes.size === 0) {
    const run = rowsFrom(head, first, 5);
    await file.append(run, true).then(
      () => (first += 5),
      (error: NodeJS.ErrnoException) => codes.add(error.code ?? ''),
    );
  }
  expect([...codes]).toEqual(['ENOSPC']);
  expect(statSync(file.path).size).toBe(file.byteLength);
  unlinkSync(ballast);
  await file.append(rowsFrom(head, first, 5), true);
  await spool.close();
  const found = await spoolIn(root).adopt();
  expect(found[0]!.seal.seal).toMatchObject({ first: 1, last: first + 4, rows: first + 4 });
});

test('A disk that is full from the beginning rejects the append, and nothing is thrown elsewhere', async ({
  skip,
}) => {
  const root = join(temporaryDirectory(), 'full');
  if (!mounts(root, 'size=16k,mode=1777')) skip('this user may not mount a small file system');
  writeFileSync(join(root, 'ballast'), Buffer.alloc(12 * 1024));
  const spool = spoolIn(root);
  const head = headOf();
  const file = spool.begin(head);
  const rows = rowsFrom(head, 1, 100);
  for (let time = 0; time < 3; time += 1) {
    await expect(file.append(rows, false)).rejects.toMatchObject({ code: 'ENOSPC' });
  }
  expect(file.byteLength).toBe(0);
  unlinkSync(join(root, 'ballast'));
  await file.append(rowsFrom(head, 1, 1), false);
  expect(statSync(file.path).size).toBe(file.byteLength);
});

test('A file that may not grow (RLIMIT_FSIZE) ends in its last whole frame', async () => {
  const root = temporaryDirectory();
  const owner = startSpoolProcess('fill', root, '', ['/usr/bin/env', 'prlimit', '--fsize=20000']);
  const filled = await owner.next<Filled>();
  expect(filled.codes).toEqual(['EFBIG']);
  expect(filled.written).toBeGreaterThan(1_000);
  expect(statSync(filled.path).size).toBe(filled.byteLength);
  await owner.kill();
  await expectWholeAfter(root, filled);
});

test('A directory that may not be written to rejects the append with the reason', async () => {
  const root = temporaryDirectory();
  chmodSync(root, 0o555);
  const owner = startSpoolProcess('append', root, '', AS_NOBODY);
  expect(await owner.next()).toEqual({ code: 'EACCES', adopted: [], bytes: 0 });
  chmodSync(root, 0o755);
});

test('A file system that is read-only rejects the append with the reason', async ({ skip }) => {
  const root = join(temporaryDirectory(), 'read-only');
  if (!mounts(root, 'size=64k,mode=1777,ro')) skip('this user may not mount a read-only file system');
  const owner = startSpoolProcess('append', root);
  expect(await owner.next()).toEqual({ code: 'EROFS', adopted: [], bytes: 0 });
});

test('A file in the place of the spool rejects the append', async () => {
  const root = join(temporaryDirectory(), 'file');
  writeFileSync(root, '');
  const spool = spoolIn(root);
  const head = headOf();
  await expect(spool.begin(head).append(rowsFrom(head, 1, 1), false)).rejects.toMatchObject({
    code: 'ENOTDIR',
  });
  expect(await spool.adopt()).toEqual([]);
});

test('What another user put there is not adopted', async ({ skip }) => {
  if (!isRoot) skip('only root can give a directory away');
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const { file } = await writeSegment(dead);
  await dead.close();
  chownSync(dirname(file.path), Number(NOBODY), Number(NOBODY));
  expect(await spoolIn(root).adopt()).toEqual([]);
});

test('A spool that another user has prepared is not written to, and its ends are not named', async ({
  skip,
}) => {
  if (!isRoot) skip('only root can give a directory away');
  const root = temporaryDirectory();
  const destination = join(root, DESTINATION);
  const ended = join(destination, 'ended');
  mkdirSync(ended, { recursive: true });
  const chain = headOf().chain;
  writeFileSync(join(ended, `${chain}.json`), JSON.stringify({ chain, number: 1, hash: 'forged' }));
  for (const path of [destination, ended]) chownSync(path, Number(NOBODY), Number(NOBODY));
  const spool = spoolIn(root);
  await expect(writeSegment(spool)).rejects.toThrow('AUDIT_REGISTER_SPOOL_DIR');
  expect(spool.takePredecessors()).toEqual([]);
});

test('A file that cannot be read now is left where it is', async () => {
  const root = temporaryDirectory();
  const owner = startSpoolProcess('own', root, 0, []);
  await owner.next();
  await owner.kill();
  const path = join(
    root,
    filesBelow(root).find((name) => name.endsWith('.segment'))!,
  );
  chmodSync(path, 0o000);
  if (isRoot) {
    execFileSync('chown', ['-R', NOBODY, root]);
    chmodSync(root, 0o755);
  }
  const adopter = startSpoolProcess('adopt', root, '', AS_NOBODY);
  await adopter.next();
  adopter.child.send('go');
  expect(await adopter.next()).toEqual({ found: [] });
  expect(filesBelow(root).filter((name) => name.endsWith('.segment'))).toHaveLength(1);
});

test('A file that was removed is not in its place, and the next one is', async () => {
  const spool = spoolIn(temporaryDirectory());
  const head = headOf();
  const file = spool.begin(head);
  expect(file.isInPlace()).toBe(true);
  const run = rowsFrom(head, 1, 1);
  await file.append(run, false);
  expect(file.isInPlace()).toBe(true);
  unlinkSync(file.path);
  expect(file.isInPlace()).toBe(false);
  writeFileSync(file.path, '');
  expect(file.isInPlace()).toBe(false);
  await file.seal(sealOf(head, [run]));
  const { file: next } = await writeSegment(spool);
  expect(next.isInPlace()).toBe(true);
  expect(dirname(next.path)).toBe(dirname(file.path));
});

test('A stored segment whose file is gone says so, and is done all the same', async () => {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const { file, seal } = await writeSegment(spool);
  const stored = spool.stored(file, seal);
  rmSync(join(root, DESTINATION), { recursive: true });
  await expect(stored.load()).rejects.toMatchObject({ code: 'ENOENT' });
  await stored.done();
  expect(await spool.adopt()).toEqual([]);
  expect(spool.byteLength()).toBe(0);
});

test('More bytes than the spool may hold are rejected, until some of them are delivered', async () => {
  const root = temporaryDirectory();
  const { file: example } = await writeSegment(spoolIn(root), {}, 12);
  const spool = spoolIn(temporaryDirectory(), example.byteLength + 1_000);
  const first = await writeSegment(spool);
  const head = headOf();
  const file = spool.begin(head);
  const run = rowsFrom(head, 1, 12);
  await expect(file.append(run, false)).rejects.toThrow(SpoolFullError);
  await expect(file.append(run, false)).rejects.toThrow('AUDIT_REGISTER_SPOOL_MAX_BYTES');
  await spool.stored(first.file, first.seal).done();
  await file.append(run, false);
  await file.seal(sealOf(head, [run]));
  expect((await spool.stored(file, sealOf(head, [run])).load()).segment.rowCount).toBe(12);
});

test('What others hold counts as well, once it was looked at', async () => {
  const root = temporaryDirectory();
  const { file } = await writeSegment(spoolIn(root));
  const spool = spoolIn(root);
  expect(spool.byteLength()).toBe(0);
  await spool.adopt();
  expect(spool.byteLength()).toBe(file.byteLength);
});

test('A segment that was delivered while its disk was full leaves nothing, and its seal as soon as there is room', async ({
  skip,
}) => {
  const root = join(temporaryDirectory(), 'full');
  if (!mounts(root, 'size=64k,nr_inodes=1000,mode=1777')) skip('this user may not mount a small file system');
  const spool = spoolIn(root);
  const chain = headOf().chain;
  const { seal: before } = await writeSegment(spool, { chain });
  const head = headOf({ chain, number: 2, firstSequence: 4, previous: before.hash });
  const file = spool.begin(head);
  const run = rowsFrom(head, 4, 200);
  const ballast = join(root, 'ballast');
  expect(() => writeFileSync(ballast, Buffer.alloc(64 * 1024))).toThrow('ENOSPC');
  await expect(file.append(run, false)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(statSync(file.path).size).toBe(0);
  const seal = sealOf(head, [run]);
  for (let time = 0; time < 2; time += 1) {
    await expect(file.discard(seal)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(statSync(file.path, { throwIfNoEntry: false })).toBeUndefined();
    expect(filesBelow(root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }
  unlinkSync(ballast);
  await file.discard(seal);
  const left = filesBelow(root).filter((name) => !name.endsWith('owner'));
  expect(left.map((name) => name.slice(-9))).toEqual(['1.segment', '0002.done']);
});

import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { atOnce, inTurn } from '../../../src/delivery/spool/disk-steps.ts';
import { makeDirectory } from '../../../src/delivery/spool/names.ts';
import { OwnUser } from '../../../src/delivery/spool/own-user.ts';
import { spoolRoot, temporaryRoot } from '../../../src/delivery/spool/spool-root.ts';
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

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const NODE_26 = join(import.meta.dirname, '../../runtimes/node-26/package.json');

function temporaryFilesIn(directory: string): void {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
}

/** A dead process's segment, delivered by nobody. */
async function leaveOne(root: string): Promise<void> {
  const dead = spoolIn(root);
  await writeSegment(dead);
  await dead.close();
}

test('Nothing that a segment goes through blocks the application', async () => {
  const root = temporaryDirectory();
  await leaveOne(root);
  const owner = startSpoolProcess('blocking', root);
  expect(await owner.next()).toEqual({ blocking: [], predecessors: 1 });
  expect(filesBelow(join(root, DESTINATION, 'ended'))).toEqual([]);
});

for (const [name, node] of [
  ['24', process.execPath],
  ['26', join(dirname(createRequire(NODE_26).resolve('node/package.json')), 'bin', 'node')],
] as const) {
  test(`Under --permission Node ${name} writes and adopts, and says that nothing is forced to disk`, async () => {
    const root = temporaryDirectory();
    const flags = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];
    await leaveOne(root);
    const owner = startSpoolProcess('permission', root, '', [], [node, ...flags]);
    const said = await owner.next<{ adopted: number; forced: string; mode: number; warnings: string[] }>();
    expect(said.forced).toContain('AUDIT_REGISTER_FSYNC');
    expect(said.warnings).toEqual([expect.stringContaining('--permission')]);
    expect([said.adopted, said.mode]).toEqual([2, 0o600]);
    await owner.kill();
    const heir = startSpoolProcess('permission', root, '', [], [node, ...flags]);
    expect(await heir.next()).toMatchObject({ adopted: 2 });
  });
}

const PREPARED: Record<string, (parent: string) => void> = {
  'is a link': (parent) => symlinkSync(temporaryDirectory(), parent),
  'is a link to nowhere': (parent) => symlinkSync('/nowhere/at/all', parent),
  'is a file': (parent) => writeFileSync(parent, ''),
  'can be changed by others': (parent) => {
    mkdirSync(parent);
    chmodSync(parent, 0o777);
  },
  'holds a link': (parent) => {
    mkdirSync(parent, 0o700);
    symlinkSync(temporaryDirectory(), join(parent, 'spool'));
  },
};
if (isRoot) {
  PREPARED['is of another user'] = (parent) => {
    mkdirSync(parent, 0o700);
    chownSync(parent, NOBODY, NOBODY);
  };
}

for (const [what, prepare] of Object.entries(PREPARED)) {
  test(`A place among the temporary files that ${what} is not used`, async () => {
    temporaryFilesIn(temporaryDirectory());
    const root = temporaryRoot();
    prepare(dirname(root));
    const spool = spoolIn(root);
    const head = headOf();
    const file = spool.begin(head);
    await expect(file.append(rowsFrom(head, 1, 1), false)).rejects.toThrow('AUDIT_REGISTER_SPOOL_DIR');
    expect(() => file.appendNow(rowsFrom(head, 1, 1))).toThrow('AUDIT_REGISTER_SPOOL_DIR');
    expect(await spool.adopt()).toEqual([]);
    rmSync(dirname(root), { recursive: true });
    await file.append(rowsFrom(head, 1, 1), false);
    expect(statSync(dirname(root)).mode & 0o777).toBe(0o700);
  });
}

test('Whose a directory is, is compared with what the file system shows of what was just made', () => {
  const stat = lstatSync(temporaryDirectory());
  const others = Object.assign(Object.create(stat), { uid: stat.uid + 1 });
  const user = new OwnUser();
  expect([user.owns(stat), user.owns(others)]).toEqual([true, false]);
  user.learn(others);
  expect([user.owns(stat), user.owns(others)]).toEqual([true, true]);
});

test('A directory that another user prepared is left without a trace', async ({ skip }) => {
  if (!isRoot) skip('only root can give a directory away');
  const root = temporaryDirectory();
  const destination = join(root, DESTINATION);
  mkdirSync(destination);
  chownSync(destination, NOBODY, NOBODY);
  await expect(writeSegment(spoolIn(root))).rejects.toThrow('AUDIT_REGISTER_SPOOL_DIR');
  await expect.poll(() => readdirSync(destination)).toEqual([]);
});

test('Where nothing can be made, that is said', async ({ skip }) => {
  if (process.platform !== 'linux') skip('/proc is of Linux');
  const path = '/proc/nope/audit-register/spool';
  await expect(inTurn(makeDirectory(path))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(() => atOnce(makeDirectory(path))).toThrow('ENOENT');
});

test('A process that gives up being root before its first record writes where it then may', async ({
  skip,
}) => {
  if (!isRoot) skip('only root can become another user');
  const [home, temporary] = [temporaryDirectory(), temporaryDirectory()];
  chmodSync(temporary, 0o1777);
  const wrap = ['/usr/bin/env', `TMPDIR=${temporary}`];
  const owner = startSpoolProcess('setuid', home, NOBODY, wrap);
  const { before, after } = await owner.next<{ before: string; after: string }>();
  expect(before).toBe(join(spoolRoot('', { HOME: home }), DESTINATION));
  expect(after).toBe(join(temporary, `audit-register-${NOBODY}`, 'spool', DESTINATION));
  expect(filesBelow(after).filter((name) => name.endsWith('.segment'))).toHaveLength(2);
});

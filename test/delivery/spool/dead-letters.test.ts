import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDeadLetter } from '../../../src/delivery/spool/dead-letters.ts';
import { listSpool } from '../../../src/delivery/spool/list-spool.ts';
import { isReadable, readSegmentFile } from '../../../src/delivery/spool/read-segment-file.ts';
import { spoolRoot } from '../../../src/delivery/spool/spool-root.ts';
import { uuidV4 } from '../../../src/record/uuid.ts';
import {
  concat,
  DESTINATION,
  headOf,
  rowsFrom,
  spoolIn,
  temporaryDirectory,
  writeSegment,
} from './written.ts';

test('Rows that the sink refuses are kept with the reason, once, and can be read to be sent again', async () => {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const { file, seal } = await writeSegment(spool);
  const { segment } = await spool.stored(file, seal).load();
  for (const reason of ['first', 'Too large']) await spool.bury(segment, reason);
  const [listed] = await listSpool(root);
  expect(listed!.deadLetters).toHaveLength(1);
  const [letter] = listed!.deadLetters;
  expect(letter).toMatchObject({ chain: segment.chainId, first: 1, last: 3, rows: 3, reason: 'Too large' });
  expect(Math.abs(Date.now() - Date.parse(letter!.since))).toBeLessThan(60_000);
  expect((await readDeadLetter(letter!.path))!.segment).toEqual(segment);
});

test('A spool is listed with its owners, segments, damage and evidence, without changing it', async () => {
  const root = temporaryDirectory();
  const [dead, spool] = [spoolIn(root), spoolIn(root)];
  const sealed = await writeSegment(dead);
  await dead.close();
  const head = headOf();
  const open = spool.begin(head);
  await open.append(rowsFrom(head, 1, 2), false);
  mkdirSync(join(root, DESTINATION, 'dead-letter'), { recursive: true });
  writeFileSync(join(root, DESTINATION, 'dead-letter', 'x.damaged'), 'evidence');
  writeFileSync(join(root, DESTINATION, 'dead-letter', 'x.letter'), 'torn');
  let read = 0;
  const list = await listSpool(root, (bytes) => (read += bytes));
  expect(list).toHaveLength(1);
  expect(list[0]).toMatchObject({ destination: DESTINATION, endedChains: 0 });
  expect(list[0]!.evidence).toEqual([{ path: expect.any(String) as string, byteLength: 8 }]);
  expect(list[0]!.deadLetters).toEqual([
    expect.objectContaining({ rows: 0, reason: expect.stringContaining('cannot be read') as string }),
  ]);
  const owners = new Map(list[0]!.owners.map((owner) => [owner.isAlive, owner.segments]));
  expect(owners.get(false)).toMatchObject([
    {
      path: sealed.file.path,
      chain: sealed.head.chain,
      number: 1,
      byteLength: sealed.file.byteLength,
      rows: 3,
      isSealed: true,
      isDamaged: false,
      trouble: '',
    },
  ]);
  expect(owners.get(true)).toEqual([expect.objectContaining({ rows: 2, isSealed: false, isDamaged: false })]);
  expect(read).toBe(sealed.file.byteLength + open.byteLength + 4);
  expect(await listSpool(root)).toEqual(list);
  expect(await listSpool(join(root, 'nowhere'))).toEqual([]);
});

test('A file is read without owning it', async () => {
  const root = temporaryDirectory();
  const { file, run, seal } = await writeSegment(spoolIn(root));
  const reading = await readSegmentFile(file.path);
  if (!isReadable(reading)) throw new Error(reading.reason);
  expect(reading.seal).toEqual(seal);
  expect(reading.segment.rows.equals(concat([run]))).toBe(true);
  expect(await readSegmentFile(join(root, uuidV4()))).toMatchObject({ status: 'gone' });
  expect(await readSegmentFile(root)).toMatchObject({ status: 'unreadable' });
  writeFileSync(join(root, 'x'), Buffer.alloc(0));
  expect(await readSegmentFile(join(root, 'x'))).toMatchObject({ status: 'empty' });
});

test('The spool stands where the user says, or where programs keep their state, or among the temporary files', () => {
  const home = temporaryDirectory();
  const ownTemporary = join(tmpdir(), `audit-register-${process.getuid!()}`, 'spool');
  expect(spoolRoot('/var/spool/audit', {})).toBe('/var/spool/audit');
  expect(spoolRoot('', { XDG_STATE_HOME: home })).toBe(join(home, 'audit-register', 'spool'));
  expect(spoolRoot('', { HOME: home })).toBe(join(home, '.local', 'state', 'audit-register', 'spool'));
  expect(spoolRoot('', { HOME: home, XDG_STATE_HOME: 'relative' })).toContain(join(home, '.local'));
  expect(spoolRoot('', {})).toContain(homedir());
  writeFileSync(join(home, '.local'), '');
  expect(spoolRoot('', { HOME: home })).toBe(ownTemporary);
});

import { Buffer } from 'node:buffer';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ChainRecovery } from '../../../src/delivery/spool/chain-recovery.ts';
import type { ChainFile, RecoveryPlace } from '../../../src/delivery/spool/chain-recovery.ts';
import { encodeDelivered } from '../../../src/delivery/spool/stored-seal.ts';
import { uuidV4 } from '../../../src/record/uuid.ts';
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

function endsIn(directory: string): { number: number; hash: string }[] {
  const ended = join(directory, DESTINATION, 'ended');
  if (!existsSync(ended)) return [];
  return readdirSync(ended).map((name) => JSON.parse(readFileSync(join(ended, name), 'utf8')));
}

async function chainOfTwo(directory: string) {
  const spool = spoolIn(directory);
  const chain = uuidV4();
  const records = await writeSegment(spool, { chain });
  const closing = await writeSegment(
    spool,
    { chain, number: 2, firstSequence: 4, previous: records.seal.hash },
    0,
    'closing',
  );
  return {
    spool,
    closing: closing.seal,
    first: spool.stored(records.file, records.seal),
    last: spool.stored(closing.file, closing.seal),
  };
}

test('A chain whose end is delivered before the rest ends once, with the end that it was given', async () => {
  const directory = temporaryDirectory();
  const { spool, first, last, closing } = await chainOfTwo(directory);
  await last.done();
  expect(endsIn(directory)).toEqual([]);
  await first.done();
  expect(endsIn(directory)).toEqual([{ chain: closing.seal.chain, number: 2, hash: closing.hash }]);
  await spool.close();
  expect(filesBelow(directory)).toEqual([expect.stringContaining('ended')]);
});

test('Whoever finds the rest of a chain whose end was delivered does not close it again', async () => {
  const directory = temporaryDirectory();
  const { spool, last, closing } = await chainOfTwo(directory);
  await last.done();
  await spool.close();
  const heir = spoolIn(directory);
  const found = await heir.adopt();
  expect(found.map(({ seal }) => [seal.seal.number, seal.seal.kind])).toEqual([[1, 'records']]);
  for (const segment of found) await segment.done();
  expect(endsIn(directory)).toEqual([{ chain: closing.seal.chain, number: 2, hash: closing.hash }]);
  expect(await heir.adopt()).toEqual([]);
});

test('Whoever died between two delivered segments leaves nothing by which the chain would be closed twice', async () => {
  const directory = temporaryDirectory();
  const spool = spoolIn(directory);
  const first = await writeSegment(spool);
  const { chain } = first.head;
  const second = await writeSegment(spool, {
    chain,
    number: 2,
    firstSequence: 4,
    previous: first.seal.hash,
  });
  const owner = dirname(first.file.path);
  await spool.close();
  for (const { seal, file } of [first, second]) {
    writeFileSync(
      join(owner, basename(file.path).replace('.segment', '.done')),
      Buffer.concat([...encodeDelivered(seal)]),
    );
    rmSync(file.path);
  }
  const heir = spoolIn(directory);
  const found = await heir.adopt();
  expect(found.map(({ seal }) => [seal.seal.number, seal.seal.kind])).toEqual([[3, 'abandoned']]);
  for (const segment of found) await segment.done();
  expect(await heir.adopt()).toEqual([]);
  expect(filesBelow(directory).filter((name) => name.endsWith('.done'))).toEqual([]);
});

test.each([
  ['is half in its file', 2],
  ['was never in a file', 0],
])('A segment that %s when it is delivered from memory is the end of its chain', async (_what, rows) => {
  const directory = temporaryDirectory();
  const spool = spoolIn(directory);
  const first = await writeSegment(spool);
  await spool.stored(first.file, first.seal).done();
  const { chain } = first.head;
  const head = headOf({ chain, number: 2, firstSequence: 4, previous: first.seal.hash });
  const file = spool.begin(head);
  if (rows > 0) await file.append(rowsFrom(head, 4, rows), false);
  file.discardNow(sealOf(head, [rowsFrom(head, 4, 3)], { kind: 'closing' }));
  expect(filesBelow(directory)).toEqual([
    expect.stringMatching(/000000000002\.done$/),
    expect.stringMatching(/owner$/),
  ]);
  await spool.close();
  expect(await spoolIn(directory).adopt()).toEqual([]);
  expect(endsIn(directory).map(({ number }) => number)).toEqual([2]);
});

/** Recovers a chain, and says which segments were given out. */
async function recover(files: readonly ChainFile[], newestDelivered = 0): Promise<[number, string][]> {
  const given: [number, string][] = [];
  const place: RecoveryPlace = {
    waiting: () => undefined,
    wait: (_path, { seal: { seal } }) => given.push([seal.number, seal.kind]),
    hasRoom: () => true,
    leaveAlone: () => {},
    delivered: async () => {},
    newestDelivered: () => newestDelivered,
    keepEvidence: async () => {},
    end: async () => {},
  };
  await new ChainRecovery(place).recover(files);
  return given;
}

test('A chain is not closed before a file that was delivered while the others were read', async () => {
  const directory = temporaryDirectory();
  const { first, last } = await chainOfTwo(directory);
  const { chain } = first.seal.seal;
  const files: ChainFile[] = [first, last].map((segment, index) => ({
    chain,
    number: index + 1,
    kind: 'segment',
    path: (segment as unknown as { path: string }).path,
  }));
  rmSync(files[1]?.path ?? '');
  expect(await recover(files)).toEqual([[1, 'records']]);
  expect(await recover(files.slice(0, 1), 2)).toEqual([[1, 'records']]);
  expect(await recover(files.slice(0, 1))).toEqual([
    [1, 'records'],
    [2, 'abandoned'],
  ]);
});

test('An open file behind which the chain was delivered is not sealed anew; a sealed one is sent', async () => {
  const directory = temporaryDirectory();
  const dead = spoolIn(directory);
  const chain = uuidV4();
  const first = await writeSegment(dead, { chain });
  const head = headOf({ chain, number: 2, firstSequence: 4, previous: first.seal.hash });
  await dead.begin(head).append(rowsFrom(head, 4, 3), false);
  const third = await writeSegment(dead, { chain, number: 3, firstSequence: 7 });
  await dead.stored(third.file, third.seal).done();
  await dead.close();
  const heir = spoolIn(directory);
  const found = await heir.adopt();
  expect(found.map(({ seal }) => [seal.seal.number, seal.seal.kind])).toEqual([
    [1, 'records'],
    [4, 'abandoned'],
  ]);
  expect(found[0]!.seal.text).toBe(first.seal.text);
  expect(found[1]!.seal.seal.previous).toBe(third.seal.hash);
  expect(filesBelow(directory).filter((name) => name.includes('2.segment'))).toEqual([]);
  expect(heir.warnings).toEqual([]);
});

test('An open file behind a delivered one in which something is damaged is kept as evidence', async () => {
  const directory = temporaryDirectory();
  const dead = spoolIn(directory);
  const chain = uuidV4();
  const first = await writeSegment(dead, { chain });
  const second = await writeSegment(dead, { chain, number: 2, firstSequence: 4, previous: first.seal.hash });
  await dead.stored(second.file, second.seal).done();
  await dead.close();
  const bytes = readFileSync(first.file.path);
  bytes.fill(0x55, bytes.length - 40);
  writeFileSync(first.file.path, bytes);
  const found = await spoolIn(directory).adopt();
  expect(found.map(({ seal }) => [seal.seal.number, seal.seal.kind])).toEqual([[3, 'abandoned']]);
  expect(filesBelow(directory).filter((name) => name.includes('dead-letter'))).toHaveLength(1);
});

test('An empty file is nothing, and what was never finished is removed when it is old', async () => {
  const directory = temporaryDirectory();
  const { spool, first, last } = await chainOfTwo(directory);
  for (const segment of [first, last]) await segment.done();
  const own = await writeSegment(spool);
  writeFileSync(own.file.path, '');
  for (const place of ['ended', 'dead-letter']) {
    mkdirSync(join(directory, DESTINATION, place), { recursive: true });
    for (const name of ['old.tmp', 'young.tmp']) writeFileSync(join(directory, DESTINATION, place, name), '');
    utimesSync(join(directory, DESTINATION, place, 'old.tmp'), new Date(0), new Date(0));
  }
  writeFileSync(`${own.file.path}.tmp`, '');
  await spool.close();
  const heir = spoolIn(directory);
  expect(await heir.adopt()).toEqual([]);
  expect(heir.takePredecessors()).toHaveLength(1);
  await heir.close();
  const left = filesBelow(directory).map((name) => name.slice(DESTINATION.length + 1));
  expect(left.filter((name) => name.endsWith('.tmp'))).toEqual(['dead-letter/young.tmp', 'ended/young.tmp']);
  expect(left.filter((name) => name.endsWith('.segment'))).toEqual([]);
});

test('What a chain names at the end of its process is named once', async () => {
  const directory = temporaryDirectory();
  const { spool, first, last } = await chainOfTwo(directory);
  for (const segment of [first, last]) await segment.done();
  const head = headOf({ predecessors: spool.takePredecessors() });
  expect(head.predecessors).toHaveLength(1);
  spool.begin(head).appendNow(rowsFrom(head, 1, 1));
  expect(endsIn(directory)).toEqual([]);
  await spool.close();
  expect(endsIn(directory)).toEqual([]);
});

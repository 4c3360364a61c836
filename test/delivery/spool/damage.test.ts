import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRows } from '../../../src/record/decode.ts';
import { encodeFrame, FRAME_KIND, readFrameHeader, seedOf } from '../../../src/delivery/spool/frame.ts';
import { readContent, missingOf } from '../../../src/delivery/spool/segment-content.ts';
import { encodeHead, readHead } from '../../../src/delivery/spool/segment-head.ts';
import type { SegmentHead, StoredSegment } from '../../../src/delivery/spool/spool.ts';
import { concat, DESTINATION, headOf, sealOf, spoolIn, temporaryDirectory, writeSegment } from './written.ts';
import type { RowRun } from '../../../src/delivery/row-run.ts';

const SMALL_COLUMNS = [
  ['sequence', 'UInt64'],
  ['occurred_at', "DateTime64(9, 'UTC')"],
  ['recorded_at', "DateTime64(6, 'UTC')"],
] as const;

/** Rows of three columns, as an older version may have written them. */
function smallRows(first: number, count: number): RowRun {
  const rows = Buffer.alloc(count * 24);
  for (let index = 0; index < count; index += 1) {
    for (const field of [0, 8, 16]) rows.writeBigUInt64LE(BigInt(first + index), index * 24 + field);
  }
  return { rows, first, count };
}

const RUNS = [smallRows(1, 2), smallRows(3, 1), smallRows(4, 3)];

/** A directory of a dead process with one open segment of three frames, and what is in it. */
async function writeDead(
  isSealed: boolean,
): Promise<{ root: string; head: SegmentHead; path: string; bytes: Buffer }> {
  const root = temporaryDirectory();
  const spool = spoolIn(root);
  const head = headOf({ columns: SMALL_COLUMNS });
  const file = spool.begin(head);
  for (const run of RUNS) await file.append(run, false);
  if (isSealed) await file.seal(sealOf(head, RUNS));
  await spool.close();
  return { root, head, path: file.path, bytes: readFileSync(file.path) };
}

/** Where the frames of a file begin, and where the last one ends. */
function frameStarts(bytes: Buffer, head: SegmentHead): number[] {
  const starts = [0];
  let seed = 0;
  for (let at = 0; at < bytes.length; seed = seedOf(head.segment)) {
    at += 32 + readFrameHeader(bytes, at, seed)!.payloadBytes;
    starts.push(at);
  }
  return starts;
}

function sequences(rows: Buffer): number[] {
  return [...decodeRows(rows, SMALL_COLUMNS)].map((row) => row['sequence'] as number);
}

test('A file that was torn at any byte gives the whole frames before it', async () => {
  const { bytes, head } = await writeDead(true);
  const starts = frameStarts(bytes, head);
  for (let length = 0; length <= bytes.length; length += 1) {
    const torn = bytes.subarray(0, length);
    const reading = readHead(torn);
    if (reading.status !== 'whole') {
      expect([reading.status, length < starts[1]!]).toEqual(['torn', true]);
      continue;
    }
    const content = readContent(torn, reading.end, head.segment, 1);
    const whole = starts.filter((start) => start <= length).length - 2;
    expect(concat(content.runs).equals(concat(RUNS.slice(0, whole)))).toBe(true);
    expect(content.isDamaged, `at ${length}`).toBe(false);
    expect(content.seal !== undefined).toBe(length === bytes.length);
    expect(content.end).toBe(starts[Math.min(whole + 1, starts.length - 1)]);
  }
});

test('A spool whose last file was torn anywhere is adopted with the same seal by whoever finds it', async () => {
  const { root, bytes, head, path } = await writeDead(false);
  const starts = frameStarts(bytes, head);
  const places = starts.flatMap((start) => [start - 1, start, start + 1, start + 33]).filter((at) => at >= 0);
  for (const length of places.filter((at) => at <= bytes.length)) {
    const seals: (readonly string[])[] = [];
    for (const adopter of ['one', 'other']) {
      const copy = join(root, `${adopter} of ${length}`);
      cpSync(join(root, DESTINATION), join(copy, DESTINATION), { recursive: true });
      truncateSync(path.replace(root, copy), length);
      const spool = spoolIn(copy);
      const found = await spool.adopt();
      seals.push(found.map(({ seal }) => seal.text));
      const frames = starts.filter((start) => start <= length).length - 2;
      const rows = frames < 1 ? 0 : RUNS.slice(0, frames).reduce((sum, run) => sum + run.count, 0);
      expect(found.reduce((sum, { seal }) => sum + seal.seal.rows, 0)).toBe(rows);
      expect(found.at(-1)?.seal.seal.kind).toBe(frames < 0 ? undefined : 'abandoned');
      for (const segment of found) expect((await segment.load()).missing).toEqual([]);
    }
    expect(seals[0]).toEqual(seals[1]);
  }
});

test('A flipped bit anywhere costs the rows of its frame, which are named, and no others', async () => {
  const { bytes, head } = await writeDead(true);
  const starts = frameStarts(bytes, head);
  for (let at = starts[1]!; at < bytes.length; at += 1) {
    for (const bit of [0x01, 0x80]) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= bit;
      const content = readContent(flipped, starts[1]!, head.segment, 1);
      const frame = starts.findLastIndex((start) => start <= at) - 1;
      const kept = RUNS.filter((_, index) => index !== frame);
      expect(content.isDamaged, `byte ${at}`).toBe(true);
      expect(concat(content.runs).equals(concat(kept)), `byte ${at}`).toBe(true);
      expect(content.seal === undefined).toBe(frame === RUNS.length);
      const lost = RUNS[frame];
      const missing = lost === undefined ? [] : [[lost.first, lost.first + lost.count - 1]];
      expect(missingOf(content.runs, 1, 6).map(({ first, last }) => [first, last])).toEqual(missing);
    }
  }
});

test('A flipped bit in the head makes it bad or leaves it, and never more', async () => {
  const { bytes, head } = await writeDead(true);
  const end = frameStarts(bytes, head)[1]!;
  for (let at = 0; at < end; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 0x10;
    expect(readHead(flipped).status, `byte ${at}`).toBe('bad');
  }
});

test('Damaged rows are missing from the segment, and the file is kept as evidence', async () => {
  const { root, bytes, head, path } = await writeDead(true);
  const second = frameStarts(bytes, head)[2]!;
  bytes[second + 40]! ^= 1;
  writeFileSync(path, bytes);
  const spool = spoolIn(root);
  const [found] = (await spool.adopt()) as [StoredSegment];
  const { segment, missing } = await found.load();
  expect(missing).toEqual([{ first: 3, last: 3, reason: 'damaged' }]);
  expect([segment.rowCount, segment.firstSequence, segment.lastSequence]).toEqual([5, 1, 6]);
  expect(sequences(segment.rows)).toEqual([1, 2, 4, 5, 6]);
  await found.done();
  const kept = readdirSync(join(root, DESTINATION, 'dead-letter'));
  expect(kept).toEqual([expect.stringMatching(/\.segment\..*\.damaged$/)]);
  expect(readFileSync(join(root, DESTINATION, 'dead-letter', kept[0]!)).equals(bytes)).toBe(true);
  expect(spool.warnings).toEqual([expect.stringContaining('damaged')]);
});

test('A damaged frame of a segment without a seal is part of what is sealed, as missing', async () => {
  const { root, bytes, head, path } = await writeDead(false);
  bytes[frameStarts(bytes, head)[2]! + 40]! ^= 1;
  writeFileSync(path, bytes);
  const [found] = (await spoolIn(root).adopt()) as [StoredSegment];
  expect(found.seal.seal).toMatchObject({ first: 1, last: 6, rows: 5 });
  expect((await found.load()).missing).toEqual([{ first: 3, last: 3, reason: 'damaged' }]);
});

test('A frame inside of a row is not taken for one when the search passes over it', async () => {
  const head = headOf({ columns: SMALL_COLUMNS });
  const [forgedHeader, forgedRows] = encodeFrame(FRAME_KIND.rows, smallRows(2, 1).rows, 0, {
    first: 2,
    count: 1,
  });
  const hostile: RowRun = { rows: Buffer.concat([forgedHeader!, forgedRows!]), first: 1, count: 2 };
  const frames = encodeFrame(FRAME_KIND.rows, hostile.rows, seedOf(head.segment), hostile);
  const bytes = Buffer.concat([
    ...frames,
    ...encodeFrame(FRAME_KIND.rows, RUNS[1]!.rows, seedOf(head.segment), RUNS[1]),
  ]);
  bytes[8]! ^= 1;
  const content = readContent(bytes, 0, head.segment, 1);
  expect(content.runs.map(({ first }) => first)).toEqual([3]);
});

test('A file whose beginning is damaged is kept as evidence', async () => {
  const { root, path, bytes } = await writeDead(true);
  bytes[50]! ^= 1;
  writeFileSync(path, bytes);
  const spool = spoolIn(root);
  expect(await spool.adopt()).toEqual([]);
  expect(spool.warnings).toEqual([expect.stringContaining('its beginning is damaged')]);
  expect(readdirSync(join(root, DESTINATION, 'dead-letter'))).toHaveLength(1);
});

test('A chain whose newest file is lost is closed behind the gap, without a link over it', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const first = await writeSegment(dead);
  const second = await writeSegment(dead, { chain: first.head.chain, number: 2, firstSequence: 4 });
  await dead.close();
  const bytes = readFileSync(second.file.path);
  bytes[50]! ^= 1;
  writeFileSync(second.file.path, bytes);
  const found = await spoolIn(root).adopt();
  expect(found.map(({ seal }) => [seal.seal.number, seal.seal.kind])).toEqual([
    [1, 'records'],
    [3, 'abandoned'],
  ]);
  expect(found[1]!.seal.seal.previous).toBe('');
});

test('A segment in a newer format is left alone, said once, and never removed', async () => {
  const { root, path } = await writeDead(false);
  writeFileSync(path, Buffer.concat(encodeHead({ format: 2, anything: true })));
  const spool = spoolIn(root);
  for (let time = 0; time < 3; time += 1) expect(await spool.adopt()).toEqual([]);
  expect(spool.warnings).toEqual([expect.stringContaining('newer version')]);
  await spool.close();
  const next = spoolIn(root);
  expect(await next.adopt()).toEqual([]);
  expect(next.warnings).toHaveLength(1);
  await next.close();
  const kept = readdirSync(join(root, DESTINATION), { recursive: true, encoding: 'utf8' });
  expect(kept.filter((name) => name.endsWith('.segment'))).toHaveLength(1);
});

test('A length that cannot be true is not believed', () => {
  const head = headOf();
  const frame = Buffer.concat(
    encodeFrame(FRAME_KIND.rows, Buffer.alloc(8), seedOf(head.segment), { first: 1, count: 1 }),
  );
  frame.writeUInt32LE(0xffff_ffff, 8);
  expect(readContent(frame, 0, head.segment, 1)).toMatchObject({ runs: [], isDamaged: true });
  const rows = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
  for (const type of ['String', 'Array(String)', 'Map(LowCardinality(String), String)']) {
    expect(() => [...decodeRows(rows, [['x', type]])]).toThrow(RangeError);
  }
  expect(() => [...decodeRows(rows, [['x', 'Tuple(String)']])]).toThrow(TypeError);
});

test('Neither a pipe, nor a link, nor a directory, nor an empty file in the place of a segment stops the others', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const real = await writeSegment(dead, {}, 3, 'closing');
  await dead.close();
  const place = (number: number): string =>
    join(dirname(real.file.path), `${headOf().chain}-${String(number).padStart(12, '0')}.segment`);
  execFileSync('mkfifo', [place(1)]);
  symlinkSync('/dev/zero', place(2));
  mkdirSync(place(3));
  writeFileSync(place(4), '');
  writeFileSync(place(5), 'not a segment at all, but long enough to have a header');
  symlinkSync(real.file.path, place(6));
  writeFileSync(place(7), Buffer.alloc(4096));
  const spool = spoolIn(root);
  const found = await spool.adopt();
  expect(found.map(({ seal }) => seal.seal.segment)).toEqual([real.head.segment]);
  expect(spool.warnings).toHaveLength(5);
  expect(existsSync('/dev/zero')).toBe(true);
  expect(readdirSync(join(root, DESTINATION, 'dead-letter'))).toHaveLength(5);
  expect(await spool.adopt()).toEqual([]);
});

test('A file of which nothing can be told but that there was something is kept as evidence', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const head = headOf({ columns: SMALL_COLUMNS });
  const file = dead.begin(head);
  await file.append(RUNS[0]!, false);
  await dead.close();
  const bytes = readFileSync(file.path);
  bytes[frameStarts(bytes, head)[1]! + 10]! ^= 1;
  writeFileSync(file.path, bytes);
  const [end] = (await spoolIn(root).adopt()) as [StoredSegment];
  expect(end.seal.seal).toMatchObject({ kind: 'abandoned', number: 1, rows: 0 });
  await end.done();
  const [kept] = readdirSync(join(root, DESTINATION, 'dead-letter'));
  const evidence = readFileSync(join(root, DESTINATION, 'dead-letter', kept!));
  expect(evidence.subarray(0, bytes.length).equals(bytes)).toBe(true);
});

test('Neither does a pipe in the place of a delivered seal, an end, or an owner', async () => {
  const root = temporaryDirectory();
  const dead = spoolIn(root);
  const real = await writeSegment(dead, {}, 3, 'closing');
  await dead.close();
  execFileSync('mkfifo', [join(dirname(real.file.path), `${real.head.chain}-000000000000.done`)]);
  execFileSync('mkfifo', [join(dirname(real.file.path), 'owner')]);
  mkdirSync(join(root, DESTINATION, 'ended'));
  execFileSync('mkfifo', [join(root, DESTINATION, 'ended', `${real.head.chain}.json`)]);
  const spool = spoolIn(root);
  expect(await spool.adopt()).toHaveLength(1);
  expect(spool.takePredecessors()).toEqual([]);
});

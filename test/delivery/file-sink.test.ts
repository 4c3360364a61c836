import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Segment } from '../../src/delivery/segment.ts';
import { createFileSink } from '../../src/delivery/sinks/json-lines.ts';
import { Shipper } from '../../src/delivery/shipper.ts';
import { createLines } from './fake-sink.ts';
import { itemOf, segmentOf } from './shipments.ts';

const FRESH = { mayBeOld: false };
let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-file-'));
  path = join(directory, 'audit.jsonl');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function lines(): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
}

/** Chain and sequence of all lines that are whole. */
async function whole(): Promise<string[]> {
  return (await lines()).flatMap((line) => {
    try {
      const { chain_id, sequence } = JSON.parse(line) as { chain_id: string; sequence: number };
      return [`${chain_id} ${sequence}`];
    } catch {
      return [];
    }
  });
}

function namesOf(segment: Segment): string[] {
  return Array.from({ length: segment.rowCount }, (_, index) => `${segment.chainId} ${index + 1}`);
}

test('A segment is as many lines, in a file that nobody else can read', async () => {
  const segment = segmentOf(3_000);
  expect(await createFileSink(path).send(segment, FRESH)).toEqual({ status: 'accepted' });
  expect(await whole()).toEqual(namesOf(segment));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('Two segments at once do not share a line', async () => {
  const sink = createFileSink(path);
  const segments = [segmentOf(2_000), segmentOf(2_000)];
  await Promise.all(segments.map((segment) => sink.send(segment, FRESH)));
  expect(await whole()).toEqual(segments.flatMap(namesOf));
});

test('A line that somebody has left unfinished stays alone', async () => {
  await writeFile(path, '{"chain_id":"torn","sequ');
  const segment = segmentOf(2);
  await createFileSink(path).send(segment, FRESH);
  expect(await lines()).toHaveLength(3);
  expect(await whole()).toEqual(namesOf(segment));
});

test('Where the file cannot be written, records wait; then they are there once', async () => {
  await mkdir(path);
  const { log, lines: said } = createLines();
  const shipper = new Shipper({ sink: createFileSink(path), log });
  const segment = segmentOf(10);
  shipper.add(itemOf(segment));
  expect(await shipper.settled(10_000, true)).toBe(false);
  expect(said[0]).toMatch(/records wait in memory: the file .*AUDIT_REGISTER_FILE_PATH.* EISDIR/);
  await rm(path, { recursive: true });
  shipper.wake();
  expect(await shipper.settled(10_000)).toBe(true);
  expect(await whole()).toEqual(namesOf(segment));
});

test('A segment of a version with other columns is written with those', async () => {
  const segment = segmentOf(1);
  const columns = [...segment.columns, ['new_column', 'String'] as const];
  const newer = { ...segment, columns, rows: Buffer.concat([segment.rows, Buffer.from('\u0003abc')]) };
  const sink = createFileSink(path);
  expect(await sink.send(newer, FRESH)).toEqual({ status: 'accepted' });
  expect(JSON.parse((await lines())[0]!)).toMatchObject({ sequence: 1, new_column: 'abc' });
  const unknown = { ...segment, columns: [...segment.columns, ['new', 'Point'] as const] };
  expect(await sink.send(unknown, FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringMatching(/Point .*install the version/),
  });
});

test('A file that may only be added to is added to', async () => {
  await writeFile(path, '');
  await chmod(path, 0o200);
  const sink = createFileSink(path);
  const segments = [segmentOf(2), segmentOf(2)];
  for (const segment of segments) expect(await sink.send(segment, FRESH)).toEqual({ status: 'accepted' });
  await chmod(path, 0o600);
  expect(await whole()).toEqual(segments.flatMap(namesOf));
});

test('A disk that is full in the middle of a line tears that line only: every record is there once as a whole', async () => {
  const script = join(directory, 'write.mjs');
  const bound = 300_000;
  await writeFile(script, FULL_DISK);
  const out = execFileSync(
    'bash',
    [
      '-c',
      'ulimit -f "$1"; trap "" XFSZ; exec "$2" "$3" "$4" "$5"',
      '-',
      String(Math.floor(bound / 1024)),
      process.execPath,
      script,
      path,
      join(process.cwd(), 'dist'),
    ],
    { encoding: 'utf8' },
  );
  const { full, resumed, expected } = JSON.parse(out) as {
    full: { status: string; reason: string };
    resumed: { status: string };
    expected: string[];
  };
  expect(full).toMatchObject({ status: 'retry', reason: expect.stringMatching(/EFBIG|ENOSPC/) });
  expect(resumed).toEqual({ status: 'accepted' });
  const names = [...(await namesIn(`${path}.first`)), ...(await namesIn(path))];
  expect(names.sort()).toEqual(expected.sort());
});

async function namesIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  return text.split('\n').flatMap((line) => {
    try {
      return [String((JSON.parse(line) as { sequence: number }).sequence)];
    } catch {
      return [];
    }
  });
}

/** A process whose files may not grow beyond a limit; the file is moved away as a rotation would, and the rest follows. */
const FULL_DISK = `
import { renameSync } from 'node:fs';
import { createRequire } from 'node:module';
const [path, dist] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { createFileSink } = require(dist + '/delivery/sinks/json-lines.js');
const { OpenSegment } = require(dist + '/delivery/segment.js');
const { createBlankRecord } = require(dist + '/pipeline/blank-record.js');
const { uuidV4, uuidV7 } = require(dist + '/record/uuid.js');
const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });
const chain_id = uuidV4();
const open = new OpenSegment(chain_id, 1);
const expected = [];
for (let sequence = 1; sequence <= 250; sequence++) {
  open.append({ ...blank(), record_id: uuidV7(), chain_id, sequence, segment_id: open.id, schema_version: 1 });
  expected.push(String(sequence));
}
const segment = open.seal();
const sink = createFileSink(path);
const full = await sink.send(segment, { mayBeOld: false });
renameSync(path, path + '.first');
const resumed = await sink.send(segment, { mayBeOld: false });
process.stdout.write(JSON.stringify({ full, resumed, expected }));
`;

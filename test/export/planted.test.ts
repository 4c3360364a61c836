import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readVersion } from '../../src/commands/version.ts';
import { run as runIn } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { addHistory } from './history.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const store = useClickHouse();
let directory: string;
let partial: string;
let state: string;
let count = 0;

beforeAll(async () => {
  count = await addHistory(store());
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-planted-'));
  partial = join(directory, 'all.jsonl.partial');
  state = `${partial}.json`;
  return () => rm(directory, { recursive: true, force: true });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function run(...args: string[]): Promise<Ended> {
  return runIn(['export', '--format', 'jsonl', '--out', 'all.jsonl', ...args], directory, {
    AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
    AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader',
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: store().config('audit_reader').password,
  });
}

const FORGED = '{"actor_id":"mallory was never here"}\n';

/** What an export leaves that has everything already, all of it forged. */
function plant(content: string, records: number, changes: Readonly<Record<string, unknown>> = {}): void {
  writeFileSync(partial, content, { mode: 0o600 });
  const checkpoint = {
    identity: {
      version: readVersion(),
      format: 'jsonl',
      hasBom: false,
      store: store().url,
      database: 'audit',
      text: '',
      from: '',
      to: '',
    },
    from: '',
    to: '',
    takenInBy: '2099-01-01 00:00:00.000',
    doneTo: '9000000000000000000',
    records,
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
    ...changes,
  };
  writeFileSync(state, JSON.stringify(checkpoint), { mode: 0o600 });
}

/** A way to put a file there that is not as an export leaves it. */
type Put = (file: string) => void;

const PUTS: [name: string, put: Put][] = [
  [
    'a symbolic link',
    (file) => {
      renameSync(file, `${file}.target`);
      symlinkSync(`${file}.target`, file);
    },
  ],
  ['a file with a second name', (file) => linkSync(file, `${file}.second`)],
  ['a file that others may write', (file) => chmodSync(file, 0o622)],
  ['a file that others may read', (file) => chmodSync(file, 0o644)],
];
// Only root can give a file away.
if (isRoot) PUTS.push(['a file of another user', (file) => chownSync(file, NOBODY, NOBODY)]);

describe.each(PUTS)('%s', (_name, put) => {
  test.each([
    ['partial file', () => partial],
    ['state', () => state],
  ])('as %s is never gone on with, and --restart begins from nothing', async (_which, file) => {
    plant(FORGED.repeat(count), count);
    put(file());
    const { code, stderr } = await run();
    expect(stderr).toMatch(
      /^audit-register: .* is not as an export of yours leaves it .* Give --restart .*\n$/,
    );
    expect(code).toBe(78);

    expect((await run('--restart')).code).toBe(0);
    const lines = readFileSync(join(directory, 'all.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(count);
    expect(lines.join('\n')).not.toContain('mallory');
    const { mode, uid, nlink } = statSync(join(directory, 'all.jsonl'));
    expect({ mode: mode & 0o777, uid, nlink }).toEqual({ mode: 0o600, uid: process.getuid?.(), nlink: 1 });
  });
});

test('a link in the place of the partial file is not written through when an export begins', async () => {
  const target = join(directory, 'precious');
  writeFileSync(target, 'mine');
  for (const name of [partial, state, `${state}.next`]) symlinkSync(target, name);
  expect((await run('--restart')).code).toBe(0);
  expect(readFileSync(target, 'utf8')).toBe('mine');
});

test('a partial file with fewer records than its state says is not given out as whole', async () => {
  plant(FORGED, count);
  const { code, stderr } = await run();
  expect(code).toBe(78);
  expect(stderr).toContain(`The file has 1 records where ${count} were written`);
  expect(stderr).toContain('--restart');
});

describe('a state that is none', () => {
  const broken = ['{}', 'null', '[]', '7', '"text"', '', '{"identity":', '{"identity":null}'];
  test.each(broken)('such as %j is an error that names --restart', async (text) => {
    plant('', 0);
    writeFileSync(state, text);
    await expectRefusal();
  });

  test.each([
    { records: 'many' },
    { records: -1 },
    { records: 1.5 },
    { bytes: null },
    { bytes: '12' },
    { doneTo: 'later' },
    { doneTo: 12 },
    { takenInBy: 5 },
    { from: [] },
    { sha256: undefined },
    { identity: 'none' },
  ])('such as one with %j is an error that names --restart', async (changes) => {
    plant('', 0, changes);
    await expectRefusal();
  });

  async function expectRefusal(): Promise<void> {
    const { code, stderr } = await run();
    expect(stderr).toMatch(
      /^audit-register: .*all\.jsonl\.partial\.json does not say how far the export is: .* Give --restart .*\n$/,
    );
    expect(code).toBe(78);
  }
});

test('a directory in the place of the state is an error in one line', async () => {
  plant('', 0);
  renameSync(state, `${state}.away`);
  mkdirSync(state);
  const { code, stderr } = await run();
  expect(code).toBe(78);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('--restart');
});

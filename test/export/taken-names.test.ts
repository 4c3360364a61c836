import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { writeManifest } from '../../src/export/manifest.ts';
import type { Manifest } from '../../src/export/manifest.ts';
import { PartialFile, writeAtOnce } from '../../src/export/partial-file.ts';
import { run as runIn } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
const MANIFEST = { file: 'all.jsonl' } as Manifest;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-taken-'));
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

function place(name: string): string {
  return join(directory, name);
}

function contentOf(name: string): string {
  return readFileSync(place(name), 'utf8');
}

describe('a manifest', () => {
  test.each([
    ['beside the file', 'all.jsonl.manifest.json', ['--manifest']],
    ['with a name', 'proof.json', ['--manifest', 'proof.json']],
  ])(
    '%s that is there already is refused before the export begins, and replaced by force',
    async (_which, name, args) => {
      writeFileSync(place(name), 'mine');
      const { code, stderr } = await run(...args);
      expect(stderr).toContain('give another --manifest, or --force to replace it');
      expect(code).toBe(78);
      expect(contentOf(name)).toBe('mine');
      expect(await readdir(directory)).toEqual([name]);

      expect((await run(...args, '--force')).code).toBe(0);
      expect(JSON.parse(contentOf(name))).toMatchObject({ file: 'all.jsonl' });
      expect(statSync(place(name)).mode & 0o777).toBe(0o600);
      expect((await readdir(directory)).toSorted()).toEqual(['all.jsonl', name].toSorted());
    },
  );

  test('is refused in the place of the export itself', async () => {
    const { code, stderr } = await run('--manifest', 'all.jsonl', '--force');
    expect(stderr).toContain('--manifest and --out are the same file');
    expect(code).toBe(2);
  });

  test.each([true, false])('is not written through a link (forced: %s)', async (isForced) => {
    writeFileSync(place('precious'), 'mine');
    symlinkSync(place('precious'), place('proof.json.next'));
    if (isForced) symlinkSync(place('precious'), place('proof.json'));
    await writeManifest(place('proof.json'), MANIFEST, isForced);
    expect(contentOf('precious')).toBe('mine');
    expect(JSON.parse(contentOf('proof.json'))).toEqual(MANIFEST);
  });

  test('does not replace a file that was made while the export ran', async () => {
    writeFileSync(place('proof.json'), 'mine');
    await expect(writeManifest(place('proof.json'), MANIFEST, false)).rejects.toThrow(
      /--manifest .* --force/,
    );
    expect(contentOf('proof.json')).toBe('mine');
    expect(await readdir(directory)).toEqual(['proof.json']);
  });
});

describe('an export', () => {
  test('does not replace a file that was made while it ran, unless it is forced', async () => {
    const path = place('all.jsonl');
    const file = await PartialFile.begin(path);
    try {
      await file.write(Buffer.from('exported\n'));
      writeFileSync(path, 'mine');
      await expect(file.finish(false)).rejects.toThrow(/was made by somebody else .* --force/);
      expect(contentOf('all.jsonl')).toBe('mine');
      expect(contentOf('all.jsonl.partial')).toBe('exported\n');
      await file.finish(true);
      expect(contentOf('all.jsonl')).toBe('exported\n');
      expect(await readdir(directory)).toEqual(['all.jsonl']);
    } finally {
      await file.close();
    }
  });

  test('notices another one to the same file at its next checkpoint, and at its end', async () => {
    const path = place('all.jsonl');
    const first = await PartialFile.begin(path);
    const second = await PartialFile.begin(path);
    try {
      await first.write(Buffer.from('first\n'));
      await second.write(Buffer.from('second\n'));
      const state = { identity: {}, from: '', to: '', takenInBy: '', doneTo: '0', records: 1 };
      await expect(first.checkpoint(state as never)).rejects.toThrow(/another export to the same file/);
      await expect(first.finish(false)).rejects.toThrow(/another export to the same file/);
      expect(existsSync(path)).toBe(false);
      await second.finish(false);
      expect(contentOf('all.jsonl')).toBe('second\n');
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });

  test('that is written at once does not replace a file that was made meanwhile, and leaves nothing', async () => {
    const path = place('november.audit');
    const written = writeAtOnce(path, false, async (write) => {
      await write(Buffer.from('exported'));
      writeFileSync(path, 'mine');
    });
    await expect(written).rejects.toThrow(/was made by somebody else .* --force/);
    expect(contentOf('november.audit')).toBe('mine');
    expect(await readdir(directory)).toEqual(['november.audit']);
  });

  test('that gives way to another one to the same file leaves it alone', async () => {
    const path = place('november.audit');
    let second: PartialFile | undefined;
    const first = writeAtOnce(path, false, async (write) => {
      await write(Buffer.from('first'));
      second = await PartialFile.begin(path);
    });
    await expect(first).rejects.toThrow(/another export to the same file/);
    await second?.write(Buffer.from('second'));
    await second?.finish(false);
    expect(contentOf('november.audit')).toBe('second');
  });

  test('that was changed on the disk while it was written is not given out', async () => {
    const file = await PartialFile.begin(place('all.jsonl'));
    try {
      await file.write(Buffer.from('exported\n'));
      writeFileSync(place('all.jsonl.partial'), 'imported\n');
      await expect(file.verify()).rejects.toThrow(/was changed while it was written/);
    } finally {
      await file.close();
    }
  });

  test('is refused where a link that leads nowhere has its name', async () => {
    symlinkSync(place('nowhere'), place('all.jsonl'));
    const { code, stderr } = await run();
    expect(code).toBe(78);
    expect(stderr).toContain('is there already');
    expect(existsSync(place('nowhere'))).toBe(false);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeAtOnce } from '../../src/export/partial-file.ts';
import { openClickHouseSource } from '../../src/integrity/clickhouse-source.ts';
import { exportArchive } from '../../src/integrity/export-archive.ts';
import type { Report } from '../../src/integrity/report.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { run as runIn } from './command.ts';
import type { Ended } from './command.ts';
import { WrittenChain, deliver } from './written-chain.ts';

const store = useClickHouse();
const HOUR = 3_600_000;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-verify-'));
  await run('keygen', '--out', 'old.key');
  await run('keygen', '--out', 'new.key');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function command(query: string): Promise<void> {
  await store().client.command({ query, clickhouse_settings: { mutations_sync: '2' } });
}

function run(...args: string[]): Promise<Ended> {
  return runIn(args, directory, { AUDIT_REGISTER_CLICKHOUSE_URL: store().url });
}

function keyOf(name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}

describe('keygen', () => {
  test('makes a private key that only its owner reads, and the public one beside it', async () => {
    const { code, stdout, stderr } = await run('keygen', '--out', 'own.key');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^key [\w-]{43}\n$/);
    expect(stderr).toContain(`AUDIT_REGISTER_SIGNING_KEY_FILE=${join(directory, 'own.key')}`);
    expect(statSync(join(directory, 'own.key')).mode & 0o777).toBe(0o600);
    expect(keyOf('own.key')).toContain('-----BEGIN PRIVATE KEY-----');
    expect(keyOf('own.key.pub')).toContain('-----BEGIN PUBLIC KEY-----');
  });

  test('never writes over a key', async () => {
    const before = keyOf('old.key');
    const { code, stderr } = await run('keygen', '--out', 'old.key');
    expect(code).toBe(78);
    expect(stderr).toContain('is there already');
    expect(keyOf('old.key')).toBe(before);
  });
});

describe('verify and export', () => {
  let before: WrittenChain;
  let after: WrittenChain;

  beforeEach(async () => {
    for (const table of ['records', 'segments']) await command(`TRUNCATE TABLE audit.${table}`);
    before = new WrittenChain({
      signer: createSigner(keyOf('old.key')),
      startMillis: Date.now() - 3 * HOUR,
    });
    await before.add(40);
    await before.add(2, 'closing');
    after = new WrittenChain({
      signer: createSigner(keyOf('new.key')),
      startMillis: Date.now() - HOUR,
      predecessors: [before.end],
    });
    await after.add(10);
    await after.add(5);
    await after.add(0, 'closing');
    await deliver(store(), [...before.written, ...after.written]);
  });

  const BOTH = ['--public-key', 'old.key.pub', '--public-key', 'new.key.pub'];

  test('a key was changed: both keys together verify what both have signed', async () => {
    const good = await run('verify', ...BOTH);
    expect(good.stdout).toMatch(/GOOD: nothing was altered, removed or added in the register\n$/);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    const half = await run('verify', '--public-key', 'old.key.pub');
    expect(half.code).toBe(1);
    expect(half.stdout).toMatch(/FINDINGS in the register: 1 forged\n$/);
    expect(half.stdout).toContain('which was not given (--public-key)');
  });

  test('says what is not verified without a public key', async () => {
    const { code, stdout, stderr } = await run('verify');
    expect(code).toBe(0);
    expect(stderr).toContain('signatures are not verified');
    expect(stdout).toMatch(/GOOD: .*, as far as can be told without a public key\n$/);
  });

  test('names what was edited, in words and as JSON, and ends with 1', async () => {
    await command("ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE sequence = 20");
    const told = await run('verify', ...BOTH);
    expect(told.code).toBe(1);
    expect(told.stdout).toContain(
      `chain ${before.id}, segment 1, id ${before.written[0]?.segment.id}, records 1 to 40`,
    );
    expect(told.stdout.trimEnd().split('\n').at(-1)).toBe('FINDINGS in the register: 1 edited');
    const { code, stdout } = await run('verify', '--json', ...BOTH);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      verdict: 'findings',
      counts: { edited: 1 },
      findings: [{ kind: 'edited', chain: before.id, number: 1 }],
      heads: expect.arrayContaining([expect.objectContaining({ chain: after.id, number: 3, closed: true })]),
    });
  });

  test('knows from an earlier report what must still be there', async () => {
    const earlier = await run('verify', '--json', ...BOTH);
    writeFileSync(join(directory, 'report.json'), earlier.stdout);
    for (const table of ['records', 'segments'])
      await command(`DELETE FROM audit.${table} WHERE chain_id = '${after.id}'`);
    expect(await run('verify', ...BOTH)).toMatchObject({ code: 0 });
    const { code, stdout } = await run('verify', '--known', 'report.json', ...BOTH);
    expect(code).toBe(1);
    expect(stdout).toMatch(/FINDINGS in the register: 1 missing-chain\n$/);
  });

  test('a period with nothing in it is not good', async () => {
    const { code, stdout } = await run('verify', '--from', '2020-01-01', '--to', '2020-02-01', ...BOTH);
    expect(code).toBe(1);
    expect(stdout).toContain('NOTHING: there is no segment from 2020-01-01T00:00:00.000Z to 2020-02-01');
  });

  test.each([
    ['a time that is none', ['verify', '--from', 'yesterday'], 2],
    ['a format that is none', ['export', '--format', 'xls', '--out', 'x'], 2],
    ['a key that is not there', ['verify', '--public-key', 'none.pub'], 78],
    ['a private key', ['verify', '--public-key', 'old.key'], 78],
    ['a report that is none', ['verify', '--known', 'old.key'], 78],
  ])('refuses %s', async (_what, args, code) => {
    expect(await run(...args)).toMatchObject({ code });
  });

  test('a store that does not answer, or has no tables, is told as such', async () => {
    const dead = await runIn(['verify'], directory, { AUDIT_REGISTER_CLICKHOUSE_URL: 'http://127.0.0.1:1' });
    expect(dead).toMatchObject({ code: 78 });
    expect(dead.stderr).toContain('No ClickHouse answers at');
    const empty = await runIn(['verify'], directory, {
      AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
      AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'nowhere',
    });
    expect(empty).toMatchObject({ code: 78 });
    expect(empty.stderr).toContain('audit-register migrate');
  });

  describe('an archive', () => {
    async function exported(...args: string[]): Promise<string> {
      const out = join(directory, 'period.archive');
      await rm(out, { force: true });
      expect(await run('export', '--format', 'archive', '--out', out, ...args)).toMatchObject({ code: 0 });
      return out;
    }

    test('verifies without ClickHouse, as the store does', async () => {
      const out = await exported();
      expect(statSync(out).mode & 0o777).toBe(0o600);
      expect((await readdir(directory)).filter((name) => name.includes('partial'))).toEqual([]);
      const nowhere = { AUDIT_REGISTER_CLICKHOUSE_URL: 'http://127.0.0.1:1' };
      const { code, stdout } = await runIn(
        ['verify', '--archive', out, '--json', ...BOTH],
        directory,
        nowhere,
      );
      expect(code).toBe(0);
      const fromStore = JSON.parse((await run('verify', '--json', ...BOTH)).stdout) as Report;
      const { totals, heads, findings } = JSON.parse(stdout) as Report;
      expect({ totals, heads, findings }).toEqual({
        totals: fromStore.totals,
        heads: fromStore.heads,
        findings: [],
      });
      expect(totals).toMatchObject({ checked: 57, signed: 5 });
    });

    test('has the same findings as the store that it was made of', async () => {
      await command("ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE sequence = 20");
      await command(`DELETE FROM audit.records WHERE chain_id = '${after.id}' AND sequence IN (3, 4)`);
      // NOTE: rows whose entry has only just come might follow it.
      await command(
        'ALTER TABLE audit.segments UPDATE ingested_at = ingested_at - INTERVAL 1 HOUR WHERE true',
      );
      const { findings } = JSON.parse((await run('verify', '--json', ...BOTH)).stdout) as Report;
      expect(findings).toHaveLength(2);
      const archived = await run('verify', '--archive', await exported(), '--json', ...BOTH);
      expect((JSON.parse(archived.stdout) as Report).findings).toEqual(findings);
    });

    test('says which ends of chains lie outside of it', async () => {
      const from = new Date(Date.now() - 2 * HOUR).toISOString();
      const { code, stdout } = await run('verify', '--archive', await exported('--from', from), ...BOTH);
      expect(stdout).toContain('which lies outside of the archive');
      expect(code).toBe(0);
    });

    test('of nothing proves nothing: the export says so as verification does, and both end with 1', async () => {
      const out = join(directory, 'nothing.archive');
      const { code, stdout, stderr } = await run(
        'export',
        '--format',
        'archive',
        '--to',
        '1999-01-01',
        '--out',
        out,
      );
      expect(stdout).toContain('nothing.archive: 0 certificates, 0 records of 0 segments');
      expect(stderr).toContain('NOTHING: there is no segment of this period');
      expect(code).toBe(1);
      const verified = await run('verify', '--archive', out, ...BOTH);
      expect(verified.stdout).toMatch(/^NOTHING: /m);
      expect(verified.code).toBe(1);
    });

    test('that does not become whole leaves nothing, and says why in one line', async () => {
      const cli = join(import.meta.dirname, '../../dist/commands/cli.js');
      // A limit on the size of files stands for a full disk.
      const limited = `ulimit -f 1; exec "${process.execPath}" "${cli}" export --format archive --out full.archive`;
      const child = spawn('bash', ['-c', limited], {
        cwd: directory,
        env: { PATH: process.env['PATH'], AUDIT_REGISTER_CLICKHOUSE_URL: store().url },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      expect(stderr).toMatch(
        /^audit-register: the export cannot be written: .*(?:EFBIG|ENOSPC).*Make room and run the same command again\..*\n$/,
      );
      expect(code).toBe(78);
      expect((await readdir(directory)).filter((name) => name.startsWith('full'))).toEqual([]);
    });

    test('that is interrupted leaves nothing', async () => {
      const period = { from: '', to: '', service: '' };
      const source = await openClickHouseSource({
        client: store().client,
        database: 'audit',
        name: 'the test',
        period,
      });
      const interrupt = new AbortController();
      const path = join(directory, 'interrupted.archive');
      const onProgress = (): void => interrupt.abort();
      await expect(
        writeAtOnce(path, false, (write) =>
          exportArchive(source, period, { write, onProgress, signal: interrupt.signal }),
        ),
      ).rejects.toThrow(/abort/);
      expect((await readdir(directory)).filter((name) => name.startsWith('interrupted'))).toEqual([]);
    });

    test('is damaged when a byte is changed, and when its end is cut', async () => {
      const out = await exported();
      const whole = gunzipSync(readFileSync(out));
      const changed = Buffer.from(whole);
      changed[whole.indexOf('actor 7')] = 0x41;
      for (const bytes of [gzipSync(changed), gzipSync(whole.subarray(0, -100)), Buffer.from('no gzip')]) {
        writeFileSync(out, bytes);
        const { code, stdout } = await run('verify', '--archive', out, ...BOTH);
        expect(code).toBe(1);
        expect(stdout).toMatch(/^DAMAGED: /);
      }
    });
  });
});

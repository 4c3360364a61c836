import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { Chain } from '../../src/delivery/chain.ts';
import { createSpool } from '../../src/delivery/create-delivery.ts';
import { encodeHead } from '../../src/delivery/spool/segment-head.ts';
import type { Spool } from '../../src/delivery/spool/spool.ts';
import { createLog } from '../../src/log.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { storedRecord } from '../record/records.ts';
import { until } from '../process/condition.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startSpool, startVerify } from './spool-process.ts';
import type { SpoolCommand, SpoolEnd } from './spool-process.ts';

const PROCESS = {
  service: 'shop',
  version: '1',
  instance: 'shop-1',
  environment: 'test',
  host: 'till',
  pid: 77,
};
const NOBODY = 65_534;

const store = useClickHouse();
let directory = '';
let services = 0;
let service = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-command-'));
  service = `shop-${(services += 1)}`;
  const own = directory;
  return () => rmSync(own, { recursive: true, force: true });
});

function settings(url = store().url): Record<string, string> {
  return {
    HOME: directory,
    AUDIT_REGISTER_SPOOL_DIR: join(directory, 'spool'),
    AUDIT_REGISTER_CLICKHOUSE_URL: url,
    AUDIT_REGISTER_MIGRATE: 'off',
    AUDIT_REGISTER_LOG_LEVEL: 'silent',
  };
}

function start(...args: readonly string[]): SpoolCommand {
  return startSpool(args, settings());
}

function run(...args: readonly string[]): Promise<SpoolEnd> {
  return start(...args).ended;
}

function openOwn(env = settings()): Spool {
  return createSpool(loadConfig(env, directory), env, createLog('silent'));
}

/** What a process has written, segment by segment; it dies when the spool is closed. */
async function write(spool: Spool, segments: readonly (readonly Partial<AuditRecord>[])[]): Promise<Chain> {
  const chain = new Chain({ ...PROCESS, service }, []);
  for (const records of segments) {
    const part = chain.begin();
    for (const record of records)
      chain.append(
        part,
        storedRecord({ service_name: service, occurred_at: BigInt(Date.now()) * 1_000_000n, ...record }),
      );
    const runs = part.segment.take();
    const seal = chain.seal(part, 'records', { appended: 0, delivered: 0, dropped: 0, dead: 0 });
    const file = spool.begin(part.head);
    for (const run of runs) await file.append(run, false);
    await file.seal(seal);
  }
  return chain;
}

async function leave(segments: readonly (readonly Partial<AuditRecord>[])[]): Promise<Chain> {
  const spool = openOwn();
  const chain = await write(spool, segments);
  await spool.close();
  return chain;
}

function stored(columns: string): Promise<Record<string, unknown>[]> {
  return store().query(
    `SELECT ${columns} FROM audit.records WHERE service_name = {service: String} ORDER BY actor_id`,
    { service },
  );
}

function filesOf(pattern: RegExp): string[] {
  return readdirSync(join(directory, 'spool'), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => join(directory, 'spool', name));
}

/** A table that refuses records of evil actors, as one that was altered does. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  const { client } = store();
  await client.command({
    query: `ALTER TABLE audit.records ADD CONSTRAINT no_evil CHECK NOT (service_name = '${service}' AND actor_id LIKE 'evil%')`,
  });
  try {
    return await work();
  } finally {
    await client.command({ query: 'ALTER TABLE audit.records DROP CONSTRAINT no_evil' });
  }
}

const ACTORS = (names: readonly string[]) => names.map((actor_id) => ({ actor_id }));

describe('audit-register spool', () => {
  test('says where it has looked when there is no spool, and that is good', async () => {
    for (const args of [['list'], ['flush'], ['redrive', '--all']]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stdout]).toEqual([0, '']);
      expect(stderr).toBe(
        `There is no spool at ${join(directory, 'spool')}: nothing waits there (AUDIT_REGISTER_SPOOL_DIR).\n`,
      );
    }
  });

  test('lists who has what, alive or dead, for people and as JSON', async () => {
    await leave([ACTORS(['a', 'b']), ACTORS(['c'])]);
    const alive = openOwn();
    onTestFinished(() => alive.close());
    await write(alive, [ACTORS(['d'])]);
    const { stdout, code } = await run('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `dead  ${service}, process 77 on till: 2 segments with 3 records, [\\d.]+ KiB, oldest of \\d{4}-`,
      ),
    );
    expect(stdout).toMatch(new RegExp(`alive ${service}, process 77 on till: 1 segment with 1 record,`));
    expect(stdout).toContain('(the configured sink, clickhouse)');
    const { root, destinations } = JSON.parse((await run('list', '--json')).stdout) as {
      root: string;
      destinations: { isConfigured: boolean; owners: { isAlive: boolean; segments: { rows: number }[] }[] }[];
    };
    expect(root).toBe(join(directory, 'spool'));
    expect(destinations.map(({ isConfigured }) => isConfigured)).toEqual([true]);
    const rows = destinations[0]?.owners.map(({ isAlive, segments }) => [
      isAlive,
      ...segments.map(({ rows }) => rows),
    ]);
    expect(rows?.sort()).toEqual([
      [false, 2, 1],
      [true, 1],
    ]);
  });

  test('shows the rows of a segment as JSON lines, and the rest beside them', async () => {
    const chain = await leave([ACTORS(['a', 'b'])]);
    const [file = ''] = filesOf(/\.segment$/);
    const { code, stdout, stderr } = await run('inspect', file);
    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map((row) => [row['actor_id'], row['sequence'], row['chain_id']])).toEqual([
      ['a', 1, chain.id],
      ['b', 2, chain.id],
    ]);
    expect(stderr.match(/^frame: .*$/gm)).toHaveLength(3);
    expect(stderr).toContain('seal: {"chain":');
    // oxlint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/\u001b/);
    const byId = await run('inspect', String(rows[0]?.['segment_id']));
    expect(byId.stdout).toBe(stdout);
  });

  test('shows damage, and ends with a finding', async () => {
    await leave([ACTORS(['a', 'b'])]);
    const [file = ''] = filesOf(/\.segment$/);
    const bytes = readFileSync(file);
    const at = bytes.indexOf(service, bytes.indexOf('"process"') + 200);
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(file, bytes);
    const { code, stderr } = await run('inspect', file);
    expect(code).toBe(1);
    expect(stderr).toContain('damage: records 1 to 2 cannot be read');
    expect(stderr).toContain('"isWhole":false');
    expect((await run('inspect', 'no-such-thing')).code).toBe(78);
  });

  test('leaves a file of a newer version alone, and says so', async () => {
    await leave([ACTORS(['a'])]);
    const [file = ''] = filesOf(/\.segment$/);
    writeFileSync(file, Buffer.concat(encodeHead({ format: 2 })));
    const newer = 'its format, 2, is that of a newer version of audit-register';
    expect((await run('list')).stdout).toContain(`${file}: ${newer}`);
    expect(await run('inspect', file)).toMatchObject({ code: 1, stderr: expect.stringContaining(newer) });
    expect(await run('flush')).toMatchObject({ code: 1, stdout: expect.stringContaining('left: dead ') });
    expect(filesOf(/\.segment$/)).toHaveLength(1);
  });

  test('refuses to touch the spool of another user, and says who may', async () => {
    if (process.getuid?.() !== 0) return;
    await leave([ACTORS(['a'])]);
    chmodSync(directory, 0o755);
    for (const args of [['list'], ['flush'], ['redrive', '--all']]) {
      const { code, stderr } = await startSpool(args, settings(), NOBODY).ended;
      expect(code).toBe(78);
      expect(stderr).toMatch(
        /spool .* (belongs to user 0, and this is user 65534|is for the user of the applications alone)/,
      );
    }
    expect(await stored('actor_id')).toEqual([]);
  });
});

describe('audit-register spool flush', () => {
  test('delivers and certifies what dead processes left, and leaves what is alive its own', async () => {
    const chain = await leave([ACTORS(['a', 'b']), ACTORS(['c'])]);
    const alive = openOwn();
    onTestFinished(() => alive.close());
    await write(alive, [ACTORS(['z'])]);
    const { code, stderr, stdout } = await run('flush');
    expect(stdout).toBe(`3 records delivered to ClickHouse at ${store().url}\n`);
    expect(stderr).toContain('Kept by who is alive, and delivers it: alive');
    expect(code).toBe(0);
    expect(await stored('actor_id')).toEqual(ACTORS(['a', 'b', 'c']));
    const certified = await store().query<{ kind: string }>(
      'SELECT kind FROM audit.segments WHERE chain_id = {chain: UUID} ORDER BY number',
      { chain: chain.id },
    );
    expect(certified.map(({ kind }) => kind)).toEqual(['records', 'records', 'abandoned']);
    expect((await run('flush')).stdout).toContain('0 records delivered');
  });

  test('gives up when the sink takes nothing, and the next one delivers it', async () => {
    await leave([ACTORS(['a'])]);
    const away = 'http://127.0.0.1:9';
    const other = await startSpool(['flush', '--timeout', '1'], settings(away)).ended;
    expect([other.code, other.stderr]).toEqual([0, expect.stringContaining('For another sink, not touched')]);
    await store().client.command({ query: 'RENAME TABLE audit.records TO audit.moved' });
    const failed = await run('flush', '--timeout', '1').finally(() =>
      store().client.command({ query: 'RENAME TABLE audit.moved TO audit.records' }),
    );
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain(`left: dead  ${service}, process 77 on till`);
    expect((await run('flush')).code).toBe(0);
    expect(await stored('actor_id')).toEqual(ACTORS(['a']));
  });

  test('ends in order when it is interrupted', async () => {
    await leave([ACTORS(['a'])]);
    await store().client.command({ query: 'RENAME TABLE audit.records TO audit.moved' });
    const { child, ended } = start('flush');
    await until('the take-over', () => filesOf(/adopted\/.*\.segment$/).length > 0);
    child.kill('SIGINT');
    const end = await ended;
    await store().client.command({ query: 'RENAME TABLE audit.moved TO audit.records' });
    expect(end).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Interrupted; what is left stays in the spool.'),
    });
    expect((await run('flush')).code).toBe(0);
    expect(await stored('actor_id')).toEqual(ACTORS(['a']));
  });

  test('delivers while an application writes to the same spool', async () => {
    const own = openOwn();
    onTestFinished(() => own.close());
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) await write(own, [ACTORS([`own-${round}`])]);
    })();
    await leave([ACTORS(['a'])]);
    expect((await run('flush')).code).toBe(0);
    await writing;
    expect(await stored('actor_id')).toEqual(ACTORS(['a']));
    expect(filesOf(/\.segment$/)).toHaveLength(20);
  });
});

describe('audit-register spool redrive', () => {
  test('brings dead letters as new records that say where they come from', async () => {
    const chain = await leave([ACTORS(['a', 'evil-1', 'b', 'evil-2'])]);
    const flushed = await refusing(() => run('flush'));
    expect(flushed.stdout).toContain('2 records refused, kept as dead letters');
    expect(flushed.code).toBe(1);
    const list = await run('list');
    expect(list.stdout).toContain('2 dead letters with 2 records');
    expect(list.stdout).toContain('no_evil');
    const [letter = ''] = filesOf(/\.letter$/);
    expect((await run('inspect', letter)).stdout).toContain('"actor_id":"evil-');
    const dry = await run('redrive', '--all', '--dry-run');
    expect(dry.stdout).toContain('2 dead letters with 2 records to send');
    expect(filesOf(/\.letter$/)).toHaveLength(2);

    const { code, stdout } = await run('redrive', '--all');
    expect([code, stdout]).toEqual([0, '2 records delivered, 0 refused again, 0 in the spool\n']);
    expect(filesOf(/\.(letter|segment)$/)).toEqual([]);
    const rows = await stored(
      "actor_id, chain_id, toUInt32(sequence) AS sequence, attributes['audit.redriven.from'] AS source",
    );
    expect(rows).toEqual([
      { actor_id: 'a', chain_id: chain.id, sequence: 1, source: '' },
      { actor_id: 'b', chain_id: chain.id, sequence: 3, source: '' },
      {
        actor_id: 'evil-1',
        chain_id: rows[2]?.['chain_id'],
        sequence: expect.any(Number),
        source: `${chain.id}/2`,
      },
      {
        actor_id: 'evil-2',
        chain_id: rows[2]?.['chain_id'],
        sequence: expect.any(Number),
        source: `${chain.id}/4`,
      },
    ]);
    const ends = await store().query(
      'SELECT kind, service_name, toUInt32(row_count) AS rows FROM audit.segments WHERE chain_id = {chain: UUID} ORDER BY number',
      { chain: rows[2]?.['chain_id'] },
    );
    expect(ends).toEqual([{ kind: 'closing', service_name: 'audit-register', rows: 2 }]);
    const verified = await startVerify(settings()).ended;
    expect(verified.stdout).toContain('dead letter');
    expect([verified.code, verified.stdout]).toEqual([0, expect.anything()]);
  });

  test('leaves what is refused again, with the reason of this time', async () => {
    await leave([ACTORS(['evil-1', 'a', 'evil-2'])]);
    await refusing(() => run('flush'));
    await store().client.command({
      query: `ALTER TABLE audit.records ADD CONSTRAINT still_no_evil CHECK NOT (service_name = '${service}' AND actor_id = 'evil-2')`,
    });
    const { code, stdout } = await run('redrive', '--all').finally(() =>
      store().client.command({ query: 'ALTER TABLE audit.records DROP CONSTRAINT still_no_evil' }),
    );
    expect([code, stdout]).toEqual([1, '1 record delivered, 1 refused again, 0 in the spool\n']);
    const list = await run('list');
    expect(list.stdout).toContain('1 dead letter with 1 record');
    expect(list.stdout).toContain('still_no_evil');
    const [letter = ''] = filesOf(/\.letter$/);
    expect((await run('redrive', letter)).code).toBe(0);
    expect(await stored('actor_id')).toEqual(ACTORS(['a', 'evil-1', 'evil-2']));
    expect(filesOf(/\.letter$/)).toEqual([]);
  });

  test('hands records over to the spool when the sink is away, from where they come once', async () => {
    await leave([ACTORS(['evil-1', 'a'])]);
    await refusing(() => run('flush'));
    await store().client.command({ query: 'RENAME TABLE audit.records TO audit.moved' });
    const { code, stdout } = await run('redrive', '--all', '--timeout', '1').finally(() =>
      store().client.command({ query: 'RENAME TABLE audit.moved TO audit.records' }),
    );
    expect([code, stdout]).toEqual([1, '0 records delivered, 0 refused again, 1 in the spool\n']);
    expect(filesOf(/\.letter$/)).toEqual([]);
    expect((await run('redrive', '--all')).stdout).toBe('0 dead letters with 0 records to send\n');
    await refusing(() => run('flush'));
    expect(filesOf(/\.letter$/)).toHaveLength(1);
    expect((await run('redrive', '--all')).code).toBe(0);
    const rows = await stored(
      "actor_id, toUInt32(length(extractAll(attributes['audit.redriven.from'], '[^, ]+'))) AS refusals",
    );
    expect(rows).toEqual([
      { actor_id: 'a', refusals: 0 },
      { actor_id: 'evil-1', refusals: 2 },
    ]);
  });

  test('wants to be told which, and takes only dead letters', async () => {
    await leave([ACTORS(['a'])]);
    expect(await run('redrive')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Name the dead letters, or say --all'),
    });
    const [file = ''] = filesOf(/\.segment$/);
    expect(await run('redrive', file)).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('is no dead letter for the configured sink'),
    });
  });
});

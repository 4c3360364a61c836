import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { searchQuery } from '../../src/commands/hash.ts';
import { OpenSegment } from '../../src/delivery/segment.ts';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import { createLog } from '../../src/log.ts';
import { COLUMNS } from '../../src/record/columns.ts';
import type { Column } from '../../src/record/columns.ts';
import { createHasher } from '../../src/record/redaction/redact-hash.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { storedRecord } from '../record/records.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');
const KEY = 'sixteen bytes it is';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function hash(args: readonly string[], key: string | undefined, input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, 'hash', ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...(key !== undefined && { AUDIT_REGISTER_HMAC_KEY: key }) },
  });
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

describe('audit-register hash', () => {
  it('prints what stands for a value, and beside it a query', async () => {
    const wanted = createHasher(KEY)('hunter2');
    const ended = await hash(['hunter2'], KEY);
    expect(ended).toMatchObject({ code: 0, stdout: `${wanted}\n` });
    expect(ended.stderr).toContain(searchQuery('audit', wanted));
  });

  it('reads the value from standard input, without the end of its line', async () => {
    const ended = await hash(['-'], KEY, 'hunter2\n');
    expect(ended).toMatchObject({ code: 0, stdout: `${createHasher(KEY)('hunter2')}\n` });
  });

  it('never repeats the value', async () => {
    const { stdout, stderr } = await hash(['hunter2'], KEY);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it.for([[], ['one', 'two'], ['--nonsense', 'x']])('is used wrongly with %j', async (args) => {
    expect((await hash(args, KEY)).code).toBe(2);
  });

  it('says that there is no key', async () => {
    const { code, stderr } = await hash(['hunter2'], undefined);
    expect([code, stderr]).toEqual([78, expect.stringContaining('AUDIT_REGISTER_HMAC_KEY')]);
  });

  it('says that the key is too short, and does not show it', async () => {
    const { code, stderr } = await hash(['hunter2'], 'fifteen bytes !');
    expect([code, stderr]).toEqual([78, expect.stringContaining('AUDIT_REGISTER_HMAC_KEY')]);
    expect(stderr).not.toContain('fifteen');
  });
});

describe('the query of the command', () => {
  const store = useClickHouse();

  it('finds a hash in every column that is redacted', async () => {
    const needle = createHasher(KEY)('hunter2');
    const columns = (COLUMNS as readonly Column[]).filter(({ redact }) => redact !== 'none');
    const chain = uuidV4();
    const segment = new OpenSegment(chain, 1);
    const now = BigInt(Date.now());
    columns.forEach(({ name, type }, index) => {
      const value = type.startsWith('Map')
        ? { a: needle }
        : type.startsWith('Array')
          ? [needle]
          : `x ${needle}`;
      segment.append(
        storedRecord({
          chain_id: chain,
          sequence: index + 1,
          occurred_at: now * 1_000_000n,
          recorded_at: now * 1_000n,
          [name]: value,
        }),
      );
    });
    segment.append(
      storedRecord({
        chain_id: chain,
        sequence: 0,
        occurred_at: now * 1_000_000n,
        recorded_at: now * 1_000n,
      }),
    );
    const sink = createClickHouseSink(store().config(), createLog('silent'));
    expect(await sink.send(segment.seal(), { mayBeOld: false })).toEqual({ status: 'accepted' });
    await sink.close();
    expect(await store().query(searchQuery('audit', needle))).toHaveLength(columns.length);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { addRecords } from '../store/records.ts';
import { addSpans, newSpanId, newTraceId } from '../store/spans.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { run } from './command.ts';
import type { Ended } from './command.ts';
import { WrittenChain, deliver } from './written-chain.ts';

const store = useClickHouse();
const LONG_AGO = '2026-11-18 12:00:00';
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-of-no-chain-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

beforeEach(async () => {
  for (const table of ['records', 'segments'])
    await store().client.command({ query: `TRUNCATE TABLE audit.${table}` });
});

async function command(...args: string[]): Promise<Ended> {
  const { url, password } = store().config('audit_reader');
  return run(args, directory, {
    AUDIT_REGISTER_CLICKHOUSE_URL: url,
    AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader',
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: password,
  });
}

/** A chain that is whole, and beside it what a service in another language did. */
async function mixed(): Promise<string> {
  const chain = new WrittenChain();
  await chain.add(3);
  await chain.add(0, 'closing');
  await deliver(store(), chain.written);
  const trace = newTraceId();
  const served = newSpanId();
  await addSpans(store(), [
    {
      TraceId: trace,
      SpanId: served,
      Timestamp: LONG_AGO,
      SpanKind: 'Server',
      SpanAttributes: {
        'http.request.method': 'POST',
        'url.path': '/orders',
        'http.response.status_code': '201',
        'user.id': 'pia',
      },
    },
    {
      TraceId: trace,
      ParentSpanId: served,
      Timestamp: LONG_AGO,
      SpanKind: 'Client',
      SpanAttributes: {
        'db.system': 'postgresql',
        'db.statement': 'INSERT INTO orders VALUES (%s)',
        'user.id': 'pia',
      },
    },
  ]);
  return trace;
}

describe('records of no chain', () => {
  test('are a fact that verify tells, and no fault: what is of a chain is as good as before', async () => {
    await mixed();
    const { code, stdout } = await command('verify');
    expect(stdout).toContain(
      'note: of-no-chain: 2 records of service orders came through a collector and are of no chain',
    );
    expect(stdout).toContain('whoever may insert can have made them');
    expect(stdout.trim().split('\n').at(-1)).toMatch(
      /^GOOD: .*, but of 2 records of no chain nobody can tell$/,
    );
    expect(code).toBe(0);
    const { stdout: json } = await command('verify', '--json');
    expect(JSON.parse(json)).toMatchObject({
      verdict: 'good',
      totals: { ofNoChain: 2 },
      counts: { 'of-no-chain': 1 },
    });
  });

  test('are told of an archive, too', async () => {
    await mixed();
    const archive = join(directory, 'register.archive');
    const exported = await command('export', '--format', 'archive', '--out', archive);
    expect(exported.stderr).not.toContain('error');
    const { code, stdout } = await command('verify', '--archive', archive);
    expect(stdout).toContain('of no chain: 2 records');
    expect(code).toBe(0);
  });

  test('prove nothing where there is nothing else', async () => {
    await mixed();
    await store().client.command({ query: 'TRUNCATE TABLE audit.segments' });
    await store().client.command({
      query:
        "ALTER TABLE audit.records DELETE WHERE chain_id != toUUID('00000000-0000-0000-0000-000000000000')",
      clickhouse_settings: { mutations_sync: '2' },
    });
    const { code, stdout } = await command('verify');
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^NOTHING/);
    expect(code).toBe(1);
  });

  test.each([
    [
      'that somebody vouches for',
      { policy_rule: 'traces/audit', actor_assurance: 'verified', actor_id: 'root' },
    ],
    ['of a rule of the preload', { policy_rule: 'http', actor_assurance: 'none' }],
    ['that settle others', { policy_rule: 'logs/audit', actor_assurance: 'none', category: 'transaction' }],
  ])('%s were added by somebody', async (_, fields) => {
    await mixed();
    const ingested = '2026-11-18 12:00:00';
    await addRecords(store(), [
      { category: 'http', occurred_at: LONG_AGO, ...fields, ...({ ingested_at: ingested } as object) },
    ]);
    const { code, stdout } = await command('verify');
    expect(stdout).toContain('finding: inserted: 1 records');
    expect(stdout).toContain('of no chain: 2 records');
    expect(code).toBe(1);
  });

  test('are shown with their own assurance and soundness by all that read', async () => {
    const trace = await mixed();
    const reader = createRegisterReader(createStoreClient(store().config('audit_reader')), 'audit');
    const { records } = await reader.page({ text: `trace:${trace}`, from: '', to: '' }, { limit: 10 });
    expect(
      records.map((record) => [record.category, record['actor_id'], record['actor_assurance']]).sort(),
    ).toEqual([
      ['db', 'pia', 'claimed'],
      ['http', 'pia', 'claimed'],
    ]);
    expect(await reader.integrity(records)).toMatchObject({
      '00000000-0000-0000-0000-000000000000': {
        state: 'of-no-chain',
        isCertified: false,
        isSigned: false,
        stored: 2,
      },
    });
  });

  test('are shown by the commands', async () => {
    const trace = await mixed();
    const period = ['--from', '2026-11-18', '--to', '2026-11-19'];
    for (const args of [
      ['query', `trace:${trace}`, ...period],
      ['who', 'pia', ...period],
      ['export', '--format', 'jsonl', '--out', '-', ...period],
    ]) {
      const { code, stdout, stderr } = await command(...args);
      expect([args[0], code, stderr]).toEqual([args[0], 0, expect.any(String)]);
      expect(stdout).toContain('pia');
      expect(stdout).toContain('claimed');
    }
  });
});

import type { IncomingMessage } from 'node:http';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask, open } from './exchange.ts';
import { useExplorer } from './explorer-under-test.ts';
import type { FoundRecord } from '../../src/search/search.ts';
import { addManyRecords, addRecords, at } from './records.ts';

const { store, explorer } = useExplorer();
/** Together 20 MB, at one instant of a day of their own. */
const LARGE_RECORDS = 200;
/** Reads every text of every record: slow enough to be looked at, and stopped. */
const SLOW =
  '/api/histogram?search=' + encodeURIComponent(Array.from({ length: 20 }, (_, i) => `-*x*y${i}*`).join(' '));

function running(): Promise<{ query_id: string; read_rows: string }[]> {
  return store().query(
    `SELECT query_id, toString(read_rows) AS read_rows FROM system.processes WHERE user = 'audit_reader' AND query LIKE '%settled%'`,
  );
}

function start(path: string): { abort: () => void; ended: Promise<unknown> } {
  const controller = new AbortController();
  const { origin, token } = explorer();
  const ended = fetch(`${origin}${path}`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: controller.signal,
  }).catch((error: unknown) => error);
  return { abort: () => controller.abort(), ended };
}

const opened: IncomingMessage[] = [];

beforeAll(async () => {
  await addManyRecords(store(), 400_000);
  const large = { category: 'http', action: 'create', outcome: 'success', request_body: 'x'.repeat(100_000) };
  const records = Array.from({ length: LARGE_RECORDS }, () => ({ ...large, occurred_at: at(24 * 60) }));
  await addRecords(store(), records);
});

afterEach(() => {
  for (const response of opened.splice(0)) response.destroy();
});

describe('a query', () => {
  test('ends on the engine when the browser goes away', async () => {
    const { abort, ended } = start(SLOW);
    await expect.poll(running, { interval: 5, timeout: 20_000 }).not.toEqual([]);

    abort();

    await expect.poll(running, { timeout: 10_000 }).toEqual([]);
    expect(await ended).toMatchObject({ name: 'AbortError' });
  });

  test('that is too many waits for its turn, and is refused when too many wait', async () => {
    const asked = Array.from({ length: 80 }, () => start(SLOW));
    await expect
      .poll(async () => (await running()).length, { interval: 5, timeout: 20_000 })
      .toBeGreaterThan(0);

    const refused = await explorer().get('/api/records');
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(refused.text).toContain('ERR_AUDIT_EXPLORER_BUSY');
    expect((await running()).length).toBeLessThanOrEqual(6);

    for (const { abort } of asked) abort();
    await Promise.all(asked.map(({ ended }) => ended));
    await expect
      .poll(async () => (await explorer().get('/api/records')).status, { timeout: 20_000 })
      .toBe(200);
  });
});

describe('an answer', () => {
  test('holds its turn until it is taken, so that none pile up', async () => {
    const { origin, token } = explorer();
    const headers = { Authorization: `Bearer ${token}` };
    const large = '/api/records?from=2026-11-21&limit=500';
    for (let answer = 0; answer < 6; answer++) opened.push(await open(origin, large, { headers }));

    const statuses: number[] = [];
    const asked = Array.from({ length: 61 }, async () => {
      statuses.push((await ask(origin, '/api/session', { headers })).status);
    });
    await expect.poll(() => statuses, { timeout: 20_000 }).toEqual([503]);

    for (const response of opened.splice(0)) response.destroy();
    await Promise.all(asked);
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
  });

  test('of large records has fewer of them, and the next ones go on behind', async () => {
    const seen: unknown[] = [];
    let pages = 0;
    for (let after = ''; pages < 20; pages++) {
      const path = `/api/records?from=2026-11-21&limit=500${after}`;
      const { text } = await explorer().get(path);
      expect(text.length).toBeLessThan(10_000_000);
      const { records, next } = JSON.parse(text) as { records: { record: FoundRecord }[]; next?: string };
      seen.push(...records.map(({ record }) => record.record_id));
      if (next === undefined) break;
      after = `&after=${encodeURIComponent(next)}`;
    }

    expect(pages).toBe(2);
    expect(new Set(seen).size).toBe(LARGE_RECORDS);
    expect(seen).toHaveLength(LARGE_RECORDS);
  });
});

describe('live pages', () => {
  test('are so many at once and no more', async () => {
    const { origin, token } = explorer();
    const headers = { Authorization: `Bearer ${token}` };
    for (let stream = 0; stream < 20; stream++) {
      const response = await open(origin, '/api/live', { headers });
      expect(response.statusCode).toBe(200);
      opened.push(response);
    }

    const refused = await ask(origin, '/api/live', { headers });
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('Close one of them');

    opened.pop()?.destroy();
    await expect
      .poll(async () => {
        const response = await open(origin, '/api/live', { headers });
        response.destroy();
        return response.statusCode;
      })
      .toBe(200);
  });
});

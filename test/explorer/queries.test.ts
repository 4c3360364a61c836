import type { IncomingMessage } from 'node:http';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask, open } from './exchange.ts';
import { useExplorer } from './explorer-under-test.ts';
import { addManyRecords } from './records.ts';

const { store, explorer } = useExplorer();
/** Reads every text of every record: slow enough to be looked at, and stopped. */
const SLOW =
  '/api/histogram?search=' + encodeURIComponent(Array.from({ length: 40 }, (_, i) => `-*x*y${i}*`).join(' '));

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

import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { open } from './exchange.ts';
import { useExplorer } from './explorer-under-test.ts';
import { Listener } from './listener.ts';
import { ALICE, addRecords, at } from './records.ts';
import type { Fields } from './records.ts';

const { store, explorer } = useExplorer();

const opened: Listener[] = [];

afterEach(() => {
  for (const listener of opened.splice(0)) listener.close();
});

async function listen(path: string, lastEventId = ''): Promise<Listener> {
  const { origin, token } = explorer();
  const response = await open(origin, path, {
    headers: { Authorization: `Bearer ${token}`, ...(lastEventId && { 'Last-Event-ID': lastEventId }) },
  });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  const listener = new Listener(response);
  opened.push(listener);
  await expect.poll(() => listener.events.length, { timeout: 20_000 }).toBeGreaterThan(0);
  return listener;
}

/** Of one run of a test, found again by its mark. */
function records(mark: string, count: number, minute = 0): Fields[] {
  return Array.from({ length: count }, (_, index) => ({
    ...ALICE,
    occurred_at: at(minute + index / 1_000),
    category: 'http',
    action: 'read',
    outcome: 'success',
    http_method: 'GET',
    url_path: `/${mark}/${index}`,
    session_id: mark,
  }));
}

describe('live', () => {
  test('sends what arrives from now on, in words, and how far delivery is behind', async () => {
    const mark = randomUUID();
    await addRecords(store(), records(mark, 3));
    const listener = await listen(`/api/live?search=session:${mark}`);
    expect(listener.events[0]).toMatchObject({ name: 'state', data: { delaySeconds: expect.any(Number) } });

    const ids = await addRecords(store(), records(mark, 2, 10));
    // Of somebody else, and before the others in time: arrived all the same.
    await addRecords(store(), records(randomUUID(), 1, 11));
    const late = await addRecords(store(), records(mark, 1, -500));

    await expect.poll(() => listener.recordIds, { timeout: 20_000 }).toEqual([...ids, ...late]);
    expect(listener.events.find(({ name }) => name === 'record')?.data.sentence?.who).toBe('alice');
  });

  test('begins behind the record that a page has', async () => {
    const mark = randomUUID();
    const ids = await addRecords(store(), records(mark, 2));
    const { records: page } = await explorer().json<{ records: { record: Record<string, string> }[] }>(
      `/api/records?search=session:${mark}`,
    );
    const newest = page[0]?.record;
    const more = await addRecords(store(), records(mark, 2, 5));
    expect(newest?.['record_id']).toBe(ids[1]);

    const listener = await listen(
      `/api/live?search=session:${mark}&after=${newest?.['occurred_at']},${newest?.['record_id']}`,
    );

    await expect.poll(() => listener.recordIds, { timeout: 20_000 }).toEqual(more);
  });

  test('goes on for a browser that comes back, with none lost and none twice, wherever it was cut off', async () => {
    const mark = randomUUID();
    const first = await listen(`/api/live?search=session:${mark}`);
    const ids = await addRecords(store(), records(mark, 450));
    await expect.poll(() => first.recordIds.length, { timeout: 30_000 }).toBe(450);
    first.close();
    const later = await addRecords(store(), records(mark, 3, 30));

    for (const seen of [1, 117, 200, 201, 449, 450]) {
      const last = first.events.filter(({ name }) => name === 'record')[seen - 1];
      const again = await listen(`/api/live?search=session:${mark}`, last?.id);
      const expected = [...ids, ...later].slice(seen);
      await expect.poll(() => again.recordIds.length, { timeout: 30_000 }).toBe(expected.length);
      expect(again.recordIds).toEqual(expected);
      again.close();
    }
  });

  test('goes on for a browser that was cut off before the first record', async () => {
    const mark = randomUUID();
    const first = await listen(`/api/live?search=session:${mark}`);
    first.close();
    const ids = await addRecords(store(), records(mark, 2));

    const again = await listen(`/api/live?search=session:${mark}`, first.lastEventId);

    await expect.poll(() => again.recordIds, { timeout: 20_000 }).toEqual(ids);
  });

  test('refuses an id that never was one, before it begins', async () => {
    const { status, text } = await explorer().get('/api/live', { headers: { 'Last-Event-ID': 'x' } });

    expect(status).toBe(400);
    expect(text).toContain('Last-Event-ID');
  });
});

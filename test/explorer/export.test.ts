import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestClickHouse } from '../support/clickhouse.ts';
import { open } from './exchange.ts';
import { explore, useExplorer } from './explorer-under-test.ts';
import type { ExplorerUnderTest } from './explorer-under-test.ts';
import { FROM, TO, addManyRecords, addRecords, visit } from './records.ts';

const { store, explorer } = useExplorer();
const PERIOD = `from=${FROM}&to=${TO}`;
/** More than the explorer reads ahead. */
const MANY = 40_000;

let ids: readonly string[];
const opened: IncomingMessage[] = [];

beforeAll(async () => {
  ids = await addRecords(store(), visit(10, '1042'));
  await addManyRecords(store(), MANY);
});

afterEach(() => {
  for (const response of opened.splice(0)) response.destroy();
});

/** The beginning of an answer that nobody reads on. */
async function begin({ origin, token }: ExplorerUnderTest, path: string): Promise<IncomingMessage> {
  const response = await open(origin, path, { headers: { Authorization: `Bearer ${token}` } });
  response.on('error', () => {});
  opened.push(response);
  return response;
}

describe('an export', () => {
  test('is a file of what a search finds, as CSV', async () => {
    const { status, headers, text, isWhole } = await explorer().get(`/api/export?format=csv&${PERIOD}`);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="audit-[\d-]+T\d+Z\.csv"$/);
    expect(isWhole).toBe(true);
    for (const id of ids) expect(text).toContain(id);
  });

  test('is a record a line, as JSON', async () => {
    const { headers, text } = await explorer().get(`/api/export?format=jsonl&search=actor:bob&${PERIOD}`);

    expect(headers['content-type']).toBe('application/x-ndjson');
    expect(headers['content-disposition']).toMatch(/\.jsonl"$/);
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { record_id: string });
    expect(records.map(({ record_id: id }) => id)).toEqual([ids[2]]);
  });

  test('of everything comes whole, however much it is', { timeout: 120_000 }, async () => {
    const response = await begin(explorer(), '/api/export?format=jsonl&search=actor:load');
    let lines = 0;
    for await (const chunk of response) for (const byte of chunk as Buffer) if (byte === 10) lines += 1;

    expect(lines).toBe(MANY);
    expect(response.complete).toBe(true);
  });

  test('that cannot be read is refused before it begins', async () => {
    const { status, headers } = await explorer().get('/api/export?format=csv&search=nosuchfield:1');

    expect(status).toBe(400);
    expect(headers['content-disposition']).toBeUndefined();
  });

  test('is refused over HTTP/1.0, where one that broke off would look whole', async () => {
    const { origin, token } = explorer();
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.end(
      `GET /api/export?format=csv HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );

    expect(await text(socket)).toMatch(/^HTTP\/1\.1 505 [^]*proxy_http_version/);
  });

  test(
    'ends on the engine when the browser goes, and makes room for another',
    { timeout: 120_000 },
    async () => {
      const path = '/api/export?format=jsonl&search=actor:load';
      const first = await begin(explorer(), path);
      await begin(explorer(), path);
      const third = await explorer().get(path);
      expect(third.status).toBe(503);
      expect(third.text).toContain('audit-register export');

      first.destroy();

      await expect
        .poll(async () => (await begin(explorer(), path)).statusCode, { timeout: 20_000 })
        .toBe(200);
      for (const response of opened.splice(0)) response.destroy();
      const running = (): Promise<unknown[]> =>
        store().query(`SELECT query_id FROM system.processes WHERE user = 'audit_reader'`);
      await expect.poll(running, { timeout: 20_000 }).toEqual([]);
    },
  );

  test('is broken off where the store fails in the middle', { timeout: 120_000 }, async () => {
    const other = await startTestClickHouse();
    const broken = await explore(other);
    try {
      await addManyRecords(other, MANY);
      const response = await begin(broken, '/api/export?format=jsonl');
      expect(response.statusCode).toBe(200);
      await once(response, 'readable');
      await other.engine.kill();
      await new Promise((resolve) => response.once('close', resolve).resume());

      expect(response.complete).toBe(false);
      expect((await broken.get('/api/export?format=jsonl')).status).toBe(502);
    } finally {
      await broken.close();
      await other.stop();
    }
  });
});

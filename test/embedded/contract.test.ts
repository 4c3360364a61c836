import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { ClickHouseError, createClient } from '@clickhouse/client';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();

beforeAll(async () => {
  await store().client.command({ query: 'CREATE DATABASE contract' });
  await store().client.command({
    query: `CREATE TABLE contract.events (id UInt32, name LowCardinality(String), roles Array(String)) ENGINE = MergeTree
            ORDER BY id SETTINGS non_replicated_deduplication_window = 100`,
  });
});

/** Rows of (id UInt32, name String) as RowBinary; names are shorter than 128 bytes. */
function rowBinary(rows: readonly (readonly [number, string])[]): Buffer {
  return Buffer.concat(
    rows.map(([id, name]) => {
      const text = Buffer.from(name);
      const head = Buffer.alloc(5);
      head.writeUInt32LE(id);
      head.writeUInt8(text.length, 4);
      return Buffer.concat([head, text]);
    }),
  );
}

async function insertRowBinary(body: Buffer, token: string): Promise<void> {
  const { stream } = await store().client.exec({
    query: 'INSERT INTO contract.events (id, name) FORMAT RowBinary',
    values: Readable.from([body], { objectMode: false }),
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: token },
  });
  for await (const _chunk of stream);
}

const namesFrom = (least: number, most: number) =>
  store().query(
    'SELECT id, name FROM contract.events WHERE id BETWEEN {least:UInt32} AND {most:UInt32} ORDER BY id',
    {
      least,
      most,
    },
  );

describe('the real @clickhouse/client', () => {
  test('is answered a ping by the version that was tested', async () => {
    expect(await store().client.ping()).toEqual({ success: true });
    expect(await store().query("SELECT version() LIKE '26.7.%' AS tested")).toEqual([{ tested: 1 }]);
  });

  test('binds parameters as values, whatever is in them', async () => {
    const name = `'; DROP TABLE contract.events; -- "\\ \n\t ü 😀`;
    const [row] = await store().query('SELECT {name:String} AS name, {ids:Array(UInt32)} AS ids', {
      name,
      ids: [1, 2],
    });
    expect(row).toEqual({ name, ids: [1, 2] });
  });

  test('inserts JSON and a stream of it', async () => {
    const rows = Array.from({ length: 500 }, (_row, index) => ({
      id: 1_000 + index,
      name: 'stream',
      roles: ['a'],
    }));
    await store().client.insert({
      table: 'contract.events',
      values: rows.slice(0, 100),
      format: 'JSONEachRow',
    });
    await store().client.insert({
      table: 'contract.events',
      values: Readable.from(rows.slice(100)),
      format: 'JSONEachRow',
    });
    expect(await namesFrom(1_000, 1_499)).toHaveLength(500);
  });

  test('inserts RowBinary through exec, blank lines and all bytes of it', async () => {
    await insertRowBinary(
      rowBinary([
        [2_000, 'a\n\nb'],
        [2_570, 'ü\0\r\n'],
      ]),
      randomUUID(),
    );
    expect(await namesFrom(2_000, 2_999)).toEqual([
      { id: 2_000, name: 'a\n\nb' },
      { id: 2_570, name: 'ü\0\r\n' },
    ]);
  });

  test('inserts the same token only once, also eight at a time', async () => {
    const token = randomUUID();
    const body = rowBinary([[3_000, 'once']]);
    await Promise.all(Array.from({ length: 8 }, () => insertRowBinary(body, token)));
    await insertRowBinary(body, token);
    expect(await namesFrom(3_000, 3_999)).toEqual([{ id: 3_000, name: 'once' }]);
  });

  test('speaks gzip both ways', async () => {
    const client = createClient({ url: store().url, compression: { request: true, response: true } });
    try {
      await client.insert({
        table: 'contract.events',
        values: [{ id: 4_000, name: 'zip' }],
        format: 'JSONEachRow',
      });
      const result = await client.query({
        query: 'SELECT name FROM contract.events WHERE id = 4000',
        format: 'JSONEachRow',
      });
      expect(await result.json()).toEqual([{ name: 'zip' }]);
      expect(result.response_headers['content-encoding']).toBe('gzip');
    } finally {
      await client.close();
    }
  });

  test('is told what is wrong with a statement', async () => {
    await expect(store().query('SELECT * FROM contract.missing')).rejects.toMatchObject({
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
    await expect(store().query('SELEKT 1')).rejects.toBeInstanceOf(ClickHouseError);
    await expect(store().query("SELECT throwIf(number = 3, 'three') FROM numbers(10)")).rejects.toThrow(
      /three/,
    );
  });

  test('is told that a row cannot be read, and none of its batch is kept', async () => {
    const torn = Buffer.concat([rowBinary([[5_000, 'whole']]), Buffer.from([1, 2])]);
    await expect(insertRowBinary(torn, randomUUID())).rejects.toBeInstanceOf(ClickHouseError);
    expect(await namesFrom(5_000, 5_999)).toEqual([]);
  });

  test('can end a query that runs', async () => {
    const id = randomUUID();
    const endless = store().client.query({
      query: 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
      query_id: id,
      clickhouse_settings: { max_threads: 1 },
    });
    const ended = expect(endless).rejects.toMatchObject({ type: 'QUERY_WAS_CANCELLED' });
    const runs = () => store().query('SELECT 1 FROM system.processes WHERE query_id = {id:String}', { id });
    await expect.poll(runs).toHaveLength(1);
    await store().client.command({
      query: 'KILL QUERY WHERE query_id = {id:String} SYNC',
      query_params: { id },
    });
    await ended;
  });

  test('reads back the very bytes of a row', async () => {
    await insertRowBinary(rowBinary([[6_000, 'bytes']]), randomUUID());
    const [row] = await store().query(
      "SELECT lower(hex(formatRow('RowBinary', id, name))) AS bytes FROM contract.events WHERE id = 6000",
    );
    expect(row).toEqual({ bytes: rowBinary([[6_000, 'bytes']]).toString('hex') });
  });
});

describe('credentials', () => {
  test.each([
    ['a wrong password', 'audit_writer', 'wrong'],
    ['no password', 'audit_reader', ''],
    ['an unknown user', 'nobody', ''],
  ])('with %s are refused', async (_what, username, password) => {
    const client = createStoreClient({ ...store().config(), username, password });
    try {
      await expect(client.query({ query: 'SELECT 1' })).rejects.toMatchObject({
        type: 'AUTHENTICATION_FAILED',
      });
    } finally {
      await client.close();
    }
  });
});

describe('the native port', () => {
  /** Sends bytes and gives what comes back until the server hangs up. */
  async function send(bytes: Buffer): Promise<string> {
    const socket = connect(store().tcpPort, '127.0.0.1').end(bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('latin1');
  }

  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);

  // Source: ClickHouse, docs/en/native-protocol/client.md: Hello with name, version, database, user, password.
  function hello(user: string, password: string): Buffer {
    const version = Buffer.from([18, 16, 0x8c, 0xa9, 0x03]);
    return Buffer.concat([Buffer.from([0]), text('test'), version, text(''), text(user), text(password)]);
  }

  test.each([
    ['a wrong password', () => send(hello('audit_reader', 'wrong')), /Authentication failed/],
    ['an HTTP request', () => send(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')), /^HTTP\/1\.0 400/],
    ['garbage', () => send(Buffer.from([0xff, 0xfe, 0xfd, 0, 1, 2])), /^/],
    ['nothing', () => send(Buffer.alloc(0)), /^$/],
  ])('survives %s', async (_what, offend, answer) => {
    // Repeated, for the engine dies after it has answered.
    for (let round = 0; round < 3; round += 1) expect(await offend().catch(() => '')).toMatch(answer);
    expect(await store().client.ping()).toEqual({ success: true });
    expect(await send(hello('default', ''))).toContain('ClickHouse');
  });
});

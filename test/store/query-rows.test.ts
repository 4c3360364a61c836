import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { queryRows } from '../../src/store/query-rows.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** No engine: a real one cannot be made to close a connection at this very moment. */
async function ask(answers: readonly ((response: ServerResponse) => void)[]): Promise<[unknown, number]> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => answers[asked++]?.(response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const store = { url: `http://127.0.0.1:${port}`, username: 'default', password: '', timeoutMillis: 5_000 };
  const client = createStoreClient(store);
  const rows = await queryRows(client, 'SELECT 1 AS one').catch((error: unknown) => error);
  await client.close();
  return [rows, asked];
}

const cutOff = ({ socket }: ServerResponse): void => void socket?.resetAndDestroy();
const refuse = (response: ServerResponse): void => void response.writeHead(500).end('Code: 60. no');
const answer = (response: ServerResponse): void => void response.end('{"one":1}\n');

test('a question whose connection is cut off is asked once more', async () => {
  expect(await ask([cutOff, answer])).toEqual([[{ one: 1 }], 2]);
});

test('a question that is cut off twice has failed', async () => {
  expect(await ask([cutOff, cutOff, answer])).toEqual([expect.objectContaining({ code: 'ECONNRESET' }), 2]);
});

test('a question that is refused is not asked again', async () => {
  expect(await ask([refuse, answer])).toEqual([expect.any(Error), 1]);
});

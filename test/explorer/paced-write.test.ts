import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writePaced } from '../../src/explorer/api/paced-write.ts';

const PIECE = Buffer.alloc(100_000, 'x');
const PIECES = 500;

let server: Server;
let response: ServerResponse;
let received: IncomingMessage;

beforeEach(async () => {
  server = createServer((_request, answer) => {
    response = answer;
    answer.writeHead(200).flushHeaders();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = request({ host: '127.0.0.1', port, agent: false }).end();
  [received] = (await once(asked, 'response')) as [IncomingMessage];
  received.on('error', () => {}).pause();
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function sendAll(signal: AbortSignal, stallMillis: number): Promise<void> {
  for (let piece = 0; piece < PIECES; piece++) await writePaced(response, PIECE, { signal, stallMillis });
}

/** Fifty megabytes do not fit in what the kernel keeps for a connection. */
const waits = (): Promise<void> =>
  expect.poll(() => response.writableNeedDrain, { timeout: 20_000 }).toBe(true);

describe('writing to somebody who does not read', () => {
  test('waits with next to nothing in memory, and goes on when he does', async () => {
    let isSent = false;
    const sent = sendAll(new AbortController().signal, 60_000).then(() => (isSent = true));
    await waits();
    expect(response.writableLength).toBeLessThan(2 * PIECE.length);
    expect(isSent).toBe(false);

    let bytes = 0;
    received.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
    await sent;
    response.end();
    await once(received, 'end');

    expect(bytes).toBe(PIECES * PIECE.length);
  });

  test('ends when he is gone', async () => {
    const gone = new AbortController();
    const sent = sendAll(gone.signal, 60_000);
    await waits();

    gone.abort(new Error('gone'));

    await expect(sent).rejects.toThrow('gone');
    expect(response.listenerCount('drain')).toBeLessThanOrEqual(1);
  });

  test('cuts him off in the end', async () => {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('gone')));

    await expect(sendAll(gone.signal, 50)).rejects.toThrow('gone');
    expect(response.destroyed).toBe(true);
  });
});

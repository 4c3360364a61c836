import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { Connections } from '../../src/explorer/door/connections.ts';
import type { ConnectionLimits } from '../../src/explorer/door/connections.ts';

const ROOMY: ConnectionLimits = { most: 100, mostOfAddress: 100, stallMillis: 60_000 };
/** More than the kernel keeps for a connection. */
const LARGE = Buffer.alloc(30_000_000, 'x');
/** Of this machine, but as from another one. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const sockets: Socket[] = [];
let server: Server;
/** Paths in the order in which they were answered. */
let answered: string[];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
});

/** `/large` is more than is taken at once, `/never` is never answered, `/mine` neither, and may see the register. */
async function serve(limits: Partial<ConnectionLimits>): Promise<void> {
  answered = [];
  server = createServer();
  const connections = new Connections(server, { ...ROOMY, ...limits });
  server.on('request', (request, response) =>
    connections.take(request, response, () => {
      answered.push(request.url ?? '');
      if (request.url === '/mine') connections.admit(request);
      else if (request.url === '/large') response.end(LARGE);
      else if (request.url !== '/never') response.end('small');
    }),
  );
  await once(server.listen(0, '0.0.0.0'), 'listening');
}

/** A connection that has asked and reads nothing. */
async function asking(paths: readonly string[], host = '127.0.0.1'): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, host).pause();
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  return socket;
}

/** How a small question is answered on a connection of its own; empty where the connection is closed. */
async function answerTo(path: string, host?: string): Promise<string> {
  const socket = (await asking([path], host)).resume();
  return await new Promise((resolve) => {
    socket.on('data', (data) => resolve(String(data).slice(0, 12)));
    socket.on('close', () => resolve(''));
  });
}

function openConnections(): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}

describe('a connection', () => {
  test('that takes nothing of its answer is cut off', async () => {
    await serve({ stallMillis: 200 });
    await asking(['/large']);
    await expect.poll(() => answered).toEqual(['/large']);

    await expect.poll(openConnections, { timeout: 20_000 }).toBe(0);
  });

  test('that waits for an answer which takes its time is left alone', async () => {
    await serve({ stallMillis: 100 });
    const patient = await asking(['/never']);
    // Cut off later than the other would be, as it came later.
    await asking(['/large']);
    await expect.poll(() => answered).toEqual(['/never', '/large']);

    await expect.poll(openConnections, { timeout: 20_000 }).toBe(1);
    expect(patient.closed).toBe(false);
  });

  test('has its requests answered one after the other', async () => {
    await serve({});
    const socket = await asking(['/large', '/second']);
    await expect.poll(() => answered).toEqual(['/large']);

    socket.resume();

    await expect.poll(() => answered).toEqual(['/large', '/second']);
  });

  test('with too many requests before their answers is closed', async () => {
    await serve({});
    await asking(Array.from({ length: 1_000 }, () => '/large'));

    await expect.poll(openConnections).toBe(0);
    expect(answered.length).toBeLessThanOrEqual(10);
  });
});

describe('when there are as many as can be', () => {
  test('who has not shown the token gives way, the one not heard of for longest first', async () => {
    await serve({ most: 3 });
    const mine = await asking(['/mine']);
    await expect.poll(() => answered).toEqual(['/mine']);
    const idle = await asking([]);
    const large = await asking(['/large']);
    await expect.poll(() => answered).toEqual(['/mine', '/large']);
    const closed = once(idle.resume(), 'close');

    expect(await answerTo('/small')).toBe('HTTP/1.1 200');

    await closed;
    expect([mine.closed, large.closed]).toEqual([false, false]);
  });

  test('who comes is refused where all have shown it', async () => {
    await serve({ most: 2 });
    await asking(['/mine']);
    await asking(['/mine']);
    await expect.poll(() => answered).toEqual(['/mine', '/mine']);

    expect(await answerTo('/small')).toBe('');
    expect(await openConnections()).toBe(2);
  });

  test.skipIf(OUTSIDE === undefined)('of another machine, it gets no more, and others do', async () => {
    await serve({ mostOfAddress: 2 });
    await asking(['/never'], OUTSIDE);
    await asking(['/never'], OUTSIDE);
    await expect.poll(() => answered).toEqual(['/never', '/never']);

    expect(await answerTo('/small', OUTSIDE)).toBe('');
    expect(await answerTo('/small')).toBe('HTTP/1.1 200');
  });
});

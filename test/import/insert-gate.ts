import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface InsertGate {
  readonly url: string;
  /** Inserts that are here as a whole and not let through. */
  readonly held: () => number;
  /** Lets the held insert through that came first, and waits until ClickHouse has answered. */
  readonly release: () => Promise<void>;
  /** From now on nothing is held. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

/** Stands before ClickHouse and holds every insert, as a network does that delivers long after its sender has died. */
export async function startInsertGate(storeUrl: string): Promise<InsertGate> {
  const held: (() => Promise<void>)[] = [];
  let isOpen = false;
  const server = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    const isInsert = decodeURIComponent(incoming.url ?? '')
      .replaceAll('+', ' ')
      .includes('INSERT INTO');
    if (isOpen || !isInsert) await forward(storeUrl, incoming, body, response);
    else held.push(() => forward(storeUrl, incoming, body, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: () => held.length,
    release: async () => held.shift()?.(),
    open: () => (isOpen = true),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function forward(
  storeUrl: string,
  { url, method, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { 'transfer-encoding': _chunked, ...rest } = headers;
  const outgoing = request(`${storeUrl}${url}`, {
    method,
    headers: { ...rest, 'content-length': body.length },
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = await buffer(answer);
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  response.end(text);
}

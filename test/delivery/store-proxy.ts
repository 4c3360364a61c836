import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface StoreProxy {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Stands before ClickHouse and looks at every request as a whole.
 *
 * @param pass Gives the body to be sent on, or the status with which the request is refused.
 */
export async function startStoreProxy(
  storeUrl: string,
  pass: (body: Buffer) => Buffer | number,
): Promise<StoreProxy> {
  const server = createServer(async (incoming, response) => {
    const body = pass(await buffer(incoming));
    if (typeof body === 'number') {
      response.writeHead(body).end('refused by what stands before');
      return;
    }
    const { 'transfer-encoding': _chunked, ...headers } = incoming.headers;
    const outgoing = request(`${storeUrl}${incoming.url}`, {
      method: incoming.method,
      headers: { ...headers, 'content-length': body.length },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const text = await buffer(answer);
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

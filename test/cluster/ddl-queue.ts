import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What else is changed in a statement before a server gets it. */
export type Turn = (statement: string) => string;

export interface DdlQueue {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const ON_CLUSTER = / ON CLUSTER (?:`[^`]+`|\w+)/;

/**
 * A stand-in, in front of the first server, for one thing that the engine out of npm cannot do (it is built without the queue of
 * distributed statements): what is said `ON CLUSTER` is said to each server. Everything else passes to the first one as it is.
 */
export async function startDdlQueue(servers: readonly string[], turn: Turn): Promise<DdlQueue> {
  const server = createServer((request, response) => {
    void buffer(request)
      .then((body) => pass(request, body, servers, turn))
      .then(async (answer) => {
        const {
          'content-encoding': _,
          'transfer-encoding': _chunked,
          ...headers
        } = Object.fromEntries(answer.headers);
        response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
      })
      .catch((error: unknown) => response.writeHead(502).end(String(error)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(
  request: IncomingMessage,
  body: Buffer,
  servers: readonly string[],
  turn: Turn,
): Promise<Response> {
  const statement = body.toString();
  if (!ON_CLUSTER.test(statement)) return await send(request, servers[0] as string, body);
  const turned = turn(statement.replace(ON_CLUSTER, ''));
  let answer: Response | undefined;
  for (const server of servers) {
    answer = await send(request, server, turned);
    if (!answer.ok) return answer;
  }
  return answer as Response;
}

function send(request: IncomingMessage, server: string, body: Buffer | string): Promise<Response> {
  const { authorization = '', 'content-type': type = 'text/plain' } = request.headers;
  return fetch(new URL(request.url ?? '/', server), {
    method: request.method ?? 'POST',
    headers: { ...(authorization !== '' && { authorization }), 'content-type': type },
    ...(request.method === 'GET' ? {} : { body: typeof body === 'string' ? body : Uint8Array.from(body) }),
  });
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { readExport } from './otlp-protobuf.ts';
import type { ReadLog } from './otlp-protobuf.ts';

/** What a request brought. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Uncompressed. */
  readonly bytes: Buffer;
  readonly logs: readonly ReadLog[];
  readonly socket: Socket;
}

/** True where the receiver has taken the logs. */
export type Answering = (request: ReceivedRequest, response: ServerResponse) => boolean;

export interface OtlpReceiver {
  readonly port: number;
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Logs that were taken, in the order of their arrival. */
  readonly taken: () => readonly ReadLog[];
  answer: Answering;
  close(): Promise<void>;
}

export const PROTOBUF = 'application/x-protobuf';

/** As a receiver says that it has all of them. */
export const taking: Answering = (_, response) => {
  response.writeHead(200, { 'content-type': PROTOBUF }).end();
  return true;
};

/** Answers so, and takes nothing. */
export function answering(
  status: number,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string | Buffer } = {},
): Answering {
  return (_, response) => {
    response.writeHead(status, headers).end(body);
    return false;
  };
}

/**
 * A stand-in for a receiver of OTLP logs: no real one can be told to fail in each of these ways, on time. It reads
 * protobuf by a reader of its own. The collector itself is tested in test/collector.
 *
 * @param port One where a receiver was before. @default any
 */
export async function startReceiver(port = 0): Promise<OtlpReceiver> {
  const requests: ReceivedRequest[] = [];
  const taken: ReadLog[] = [];
  const server = createServer((message, response) => {
    void read(message).then((request) => {
      requests.push(request);
      if (receiver.answer(request, response)) taken.push(...request.logs);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;
  const receiver: OtlpReceiver = {
    port: own,
    url: `http://127.0.0.1:${own}/v1/logs`,
    requests,
    taken: () => taken,
    answer: taking,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

async function read(message: IncomingMessage): Promise<ReceivedRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  const bytes = message.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  return {
    method: message.method ?? '',
    path: message.url ?? '',
    headers: message.headers,
    bytes,
    logs: readExport(bytes),
    socket: message.socket,
  };
}

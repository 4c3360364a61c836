import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to PostgreSQL that writes down what a client says. */
export interface PgTap {
  readonly url: string;
  /** Ends it. All messages of all connections, type and content, but for those of authentication. */
  close(): Promise<string[]>;
}

export async function startPgTap(target: string): Promise<PgTap> {
  const port = Number(new URL(target).port);
  const spoken: Buffer[][] = [];
  const server = createServer((client) => {
    const chunks: Buffer[] = [];
    spoken.push(chunks);
    const upstream = connect(port, '127.0.0.1');
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      socket.on('error', () => other.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    close: async () => {
      server.close();
      await once(server, 'close');
      return spoken.flatMap((chunks) => messagesOf(Buffer.concat(chunks)));
    },
  };
}

/** Source: PostgreSQL documentation, "Message Formats": a start without a type, then type, length and content. */
function messagesOf(bytes: Buffer): string[] {
  const messages = [bytes.toString('latin1', 4, bytes.readInt32BE(0))];
  let at = bytes.readInt32BE(0);
  while (at < bytes.length) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const type = String.fromCharCode(bytes.readUInt8(at));
    // NOTE: answers to SCRAM hold random numbers.
    if (type !== 'p') messages.push(type + bytes.toString('latin1', at + 5, end));
    at = end;
  }
  return messages;
}

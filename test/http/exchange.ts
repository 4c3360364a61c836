import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A connection on which bytes are sent as they are. */
export interface Connection {
  readonly socket: Socket;
  readonly send: (bytes: string | Buffer) => void;
  /** What has come so far. */
  readonly received: () => string;
  /** Waits until a text has come. */
  readonly until: (text: string) => Promise<string>;
  /** Everything, once the server has closed. */
  readonly closed: Promise<string>;
}

export function open(port: number): Connection {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.setNoDelay();
  let received = '';
  const waiting = new Set<() => void>();
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
    for (const check of waiting) check();
  });
  // A reset is one of the ways a server closes.
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)));
  const untilText = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!received.includes(text)) return;
        waiting.delete(check);
        resolve(received);
      };
      waiting.add(check);
      void closed.then(() => reject(new Error(`closed before ${text}: ${received}`)));
      check();
    });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    received: () => received,
    until: untilText,
    closed,
  };
}

/** Sends bytes and gives back everything until the server closes, without what differs from run to run. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const connection = open(port);
  connection.send(bytes);
  return withoutDate(await connection.closed);
}

export function withoutDate(response: string): string {
  return response.replaceAll(/^Date: .*$/gm, 'Date: -');
}

/** A request with the lines given, which asks the server to close. */
export function request(line: string, ...headers: readonly string[]): string {
  return [line, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');
}

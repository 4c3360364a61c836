import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { forgetClosing, whenClosed } from './bound-events.js';

type Send = (this: Socket, ...args: unknown[]) => unknown;

/**
 * Tells the status of the response that is written straight to a socket, at its first bytes; 0 when the socket closes
 * without any. The socket is left as it was.
 */
export function watchStatusLine(socket: Socket, onStatus: (status: number) => void): void {
  let isDone = false;
  const finish = (status: number): void => {
    if (isDone) return;
    isDone = true;
    forgetClosing(socket, closing);
    for (const restore of restores) restore();
    onStatus(status);
  };
  const restores: (() => void)[] = [];
  const closing = { closed: () => finish(0) };
  whenClosed(socket, closing);
  for (const name of ['write', 'end'] as const) {
    if (Object.hasOwn(socket, name)) continue;
    const original = socket[name] as Send;
    const send: Send = function send(...args) {
      const status = readStatus(args[0]);
      if (status !== undefined) finish(status);
      return original.apply(this, args);
    };
    Object.defineProperty(socket, name, { value: send, configurable: true, writable: true });
    restores.push(() => {
      if (socket[name] === (send as unknown)) Reflect.deleteProperty(socket, name);
    });
  }
}

/** Undefined for what is no beginning of a response. */
function readStatus(chunk: unknown): number | undefined {
  const start =
    typeof chunk === 'string'
      ? chunk.slice(0, 16)
      : Buffer.isBuffer(chunk)
        ? chunk.toString('latin1', 0, 16)
        : '';
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(start)?.[1];
  return status === undefined ? undefined : Number(status);
}

import { createServer } from 'node:net';
import { EnginePortError } from './errors.js';
import type { PortFlag } from './errors.js';

const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be used by this user',
};

/**
 * Asks before the engine does, whose own message knows no flag.
 *
 * @throws EnginePortError when the port cannot be listened on.
 */
export async function requireFreePort(port: number, flag: PortFlag): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
    });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new EnginePortError(port, flag, PROBLEMS[code] ?? `cannot be used (${message})`);
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

/** @throws EnginePortError when both interfaces were given the same port. */
export function requireDifferentPorts(httpPort: number, tcpPort: number): void {
  if (httpPort === 0 || httpPort !== tcpPort) return;
  throw new EnginePortError(tcpPort, '--tcp-port', 'is already taken by the HTTP interface (--port)');
}

import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';

/** The port that people expect when it is free, else any that is. `tell` hears of the latter. */
export async function choosePort(
  name: string,
  preferred: number,
  tell: (text: string) => void,
): Promise<number> {
  const port = (await listenable(preferred)) ?? (await freePort());
  if (port !== preferred) tell(`Port ${preferred} is in use, ${name} takes ${port}.`);
  return port;
}

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const port = await listenable(0);
  if (port === undefined) throw new Error(`There is no free port on ${HOST}.`);
  return port;
}

function listenable(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken));
    });
  });
}

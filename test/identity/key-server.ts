import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';

/** A real JWKS endpoint whose behaviour a test changes while it runs. */
export class KeyServer {
  requests = 0;
  #listener: RequestListener = (_request, response) => response.writeHead(404).end();
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/jwks.json?key=not-for-logs`;
  }

  serve(...keys: JWK[]): void {
    this.answer((_request, response) => response.end(JSON.stringify({ keys })));
  }

  answer(listener: RequestListener): void {
    this.#listener = listener;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.requests++;
      this.#listener(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** After this, connections to the same port are refused. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

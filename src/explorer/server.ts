import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ClickHouseClient } from '../store/client.js';
import { createApi } from './api/api.js';
import { createAccess, makeToken, openAccess } from './door/access.js';
import { Connections } from './door/connections.js';
import { createDoor } from './door/door.js';
import { loadPageFiles } from './door/page-files.js';
import { ExplorerAddressError } from './errors.js';
import { openStore } from './store-access.js';
import type { StoreAddress } from './store-access.js';

export interface ExplorerOptions {
  readonly store: StoreAddress;
  /** What it listens on. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Names under which it is reached beside its own, for a reverse proxy. */
  readonly allowedHosts?: readonly string[];
  /** False lets in whoever reaches it; a text is the token. @default a new one */
  readonly token?: string | false | undefined;
  /** As the page shows it. */
  readonly version: string;
  /** Hears of defects of the explorer itself. */
  readonly report: (defect: string) => void;
  /** Which option of the command chooses the port, for the message. @default --port */
  readonly portOption?: string;
  /** @default Where the build puts the page. */
  readonly pageDirectory?: string;
  /** How long an answer may lie there that nobody takes. @default 30 seconds */
  readonly stallMillis?: number;
}

export interface Explorer {
  /** Where it is, with the token. */
  readonly url: string;
  /** Where it is, for whoever has the token. */
  readonly address: string;
  /** What its user should know. */
  readonly warnings: readonly string[];
  /** Ends it at once, with everything that is under way. */
  readonly close: () => Promise<void>;
}

/** Five hundred record ids in an address are more than Node.js reads by default. */
const MOST_HEADER_BYTES = 65_536;
const HEADER_TIMEOUT_MILLIS = 10_000;
const MOST_CONNECTIONS = 200;
/** A proxy for a team on another machine is one address. */
const MOST_CONNECTIONS_OF_ADDRESS = 100;
const STALL_MILLIS = 30_000;

/**
 * Serves the page and its API.
 *
 * @throws StoreError when the store cannot be asked, ExplorerAddressError when it cannot listen.
 */
export async function startExplorer(options: ExplorerOptions): Promise<Explorer> {
  const { client, warnings } = await openStore(options.store);
  const server = createHttpServer();
  try {
    const port = await listen(server, options);
    const token = options.token === undefined ? makeToken() : options.token;
    server.on('request', createListener(server, options, { client, port, token }));
    return {
      url: addressOf(options.host, port, token),
      address: addressOf(options.host, port, false),
      warnings,
      close: async () => {
        await closed(server);
        await client.close();
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

function createHttpServer(): Server {
  return createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: HEADER_TIMEOUT_MILLIS,
    requestTimeout: HEADER_TIMEOUT_MILLIS,
    connectionsCheckingInterval: HEADER_TIMEOUT_MILLIS / 2,
  });
}

function createListener(
  server: Server,
  {
    allowedHosts = [],
    host,
    pageDirectory,
    report,
    stallMillis = STALL_MILLIS,
    store,
    version,
  }: ExplorerOptions,
  { client, port, token }: { client: ClickHouseClient; port: number; token: string | false },
): RequestListener {
  const connections = new Connections(server, {
    most: MOST_CONNECTIONS,
    mostOfAddress: MOST_CONNECTIONS_OF_ADDRESS,
    stallMillis,
  });
  const answer = createDoor({
    access: token === false ? openAccess : createAccess(token, port),
    allowedHosts,
    api: createApi({ client, store, version, report }),
    files: loadPageFiles(pageDirectory ?? join(__dirname, 'page')),
    host,
    admit: (request) => connections.admit(request),
  });
  return (request, response) => connections.take(request, response, () => void answer(request, response));
}

/** Answers under way are broken off, upon which their queries end. */
function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

async function listen(
  server: Server,
  { host, port, portOption = '--port' }: ExplorerOptions,
): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      // NOTE: it stays, so that a connection that cannot be accepted later does not end the process.
      server.on('error', reject).listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw new ExplorerAddressError(host, port, portOption, error as NodeJS.ErrnoException);
  }
  return (server.address() as AddressInfo).port;
}

/** All addresses of the machine are none that a browser could open. */
function addressOf(host: string, port: number, token: string | false): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const name = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `http://${name}:${port}/${token === false ? '' : `?token=${encodeURIComponent(token)}`}`;
}

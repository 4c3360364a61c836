import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What a connection to the store meets. */
export type Fault =
  /** None: everything passes. */
  | 'passes'
  | 'closes at once'
  | 'never answers'
  | 'answers 500'
  /** With `Retry-After: 2`. */
  | 'answers 503'
  | 'answers garbage'
  | 'answers as another server'
  | 'closes after the headers'
  | 'stops after the headers'
  /** Sends a byte of its answer at a time, and never the last. */
  | 'drips'
  /** The store takes the insert, but nobody hears of it. */
  | 'loses the answer'
  /** The same with every other answer, so that there is some progress. */
  | 'loses every other answer'
  /** Nobody listens. */
  | 'refuses'
  /** What goes to the store goes at the pace of about a record a second. */
  | 'trickles';

/** A record in RowBinary takes about as many bytes. */
const TRICKLE_BYTES_PER_SECOND = 500;
const TRICKLE_MILLIS = 100;

const ANSWERS: Readonly<Partial<Record<Fault, string>>> = {
  'answers 500': 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops',
  'answers 503': 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 4\r\n\r\nbusy',
  'answers garbage': '\x00\x01\x02 no HTTP at all\r\n\r\n',
  'answers as another server': 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nwelcome',
  'closes after the headers': 'HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: 1\r\nContent-Length: 100\r\n\r\n',
  'stops after the headers': 'HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: 1\r\nContent-Length: 100\r\n\r\n',
};
const FORWARDING = new Set<Fault>(['passes', 'loses the answer', 'loses every other answer', 'trickles']);
const HEADERS_TO_DRIP = 'HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: 1\r\nContent-Length: 100000\r\n\r\n';
/** Well below any time-out of silence. */
const DRIP_MILLIS = 20;
const CLOSING = new Set<Fault>(['closes after the headers', 'answers garbage']);

export interface FaultProxy {
  readonly url: string;
  /** From now on, for every connection, those that are open included: they are closed. */
  become(fault: Fault): void;
  /** The store is elsewhere from now on. */
  pointTo(storeUrl: string): void;
  /** Requests that met a fault. */
  readonly hits: () => number;
  close(): Promise<void>;
}

/** A proxy before the real store. */
export async function startFaultProxy(storeUrl: string, first: Fault = 'passes'): Promise<FaultProxy> {
  let store = new URL(storeUrl);
  const sockets = new Set<Socket>();
  let fault = first;
  let hits = 0;
  let answers = 0;
  const server: Server = createServer((socket) => {
    track(socket);
    const met = fault;
    if (met === 'closes at once' || met === 'refuses') {
      hits += 1;
      socket.destroy();
    } else if (FORWARDING.has(met)) forward(socket, met);
    else if (met === 'drips') socket.once('data', () => drip(socket));
    else socket.on('data', () => answer(socket, met));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  }

  function forward(socket: Socket, met: Fault): void {
    const upstream = connect(Number(store.port), store.hostname);
    track(upstream);
    if (met === 'trickles') trickle(socket, upstream);
    else socket.pipe(upstream);
    if (met === 'loses the answer') upstream.once('data', () => lose(socket));
    else if (met === 'loses every other answer') {
      upstream.on('data', (chunk) => {
        answers += 1;
        if (answers % 2 === 0) lose(socket);
        else socket.write(chunk);
      });
    } else upstream.pipe(socket);
    socket.once('close', () => upstream.destroy());
    upstream.once('close', () => socket.destroy());
  }

  function lose(socket: Socket): void {
    hits += 1;
    socket.destroy();
  }

  function trickle(socket: Socket, upstream: Socket): void {
    const slice = (TRICKLE_BYTES_PER_SECOND * TRICKLE_MILLIS) / 1000;
    hits += 1;
    const timer = setInterval(() => {
      const chunk: unknown = socket.read(Math.min(slice, socket.readableLength));
      if (chunk instanceof Buffer) upstream.write(chunk);
    }, TRICKLE_MILLIS);
    // NOTE: without a listener for `readable` a stream does not read ahead.
    socket.on('readable', () => {}).once('close', () => clearInterval(timer));
  }

  /** A port that nobody listens on refuses by itself. */
  function listen(isListening: boolean): void {
    if (isListening && !server.listening) server.listen(port, '127.0.0.1');
    if (!isListening && server.listening) server.close();
  }

  function drip(socket: Socket): void {
    hits += 1;
    socket.write(HEADERS_TO_DRIP);
    const timer = setInterval(() => socket.write(' '), DRIP_MILLIS);
    socket.once('close', () => clearInterval(timer));
  }

  function answer(socket: Socket, met: Fault): void {
    hits += 1;
    const text = ANSWERS[met];
    if (text === undefined) return;
    if (CLOSING.has(met)) socket.end(text);
    else socket.write(text);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    become: (next) => {
      fault = next;
      listen(next !== 'refuses');
      for (const socket of sockets) socket.destroy();
    },
    pointTo: (url) => {
      store = new URL(url);
      for (const socket of sockets) socket.destroy();
    },
    hits: () => hits,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

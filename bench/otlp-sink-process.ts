/* Stands for a collector: takes spans as OTLP over HTTP and counts them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { countSpans } from './stage/span-count.ts';

/** Kept as they are: what they hold is counted when somebody asks, not while the server is measured. */
let bodies: Buffer[] = [];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    bodies.push(Buffer.concat(chunks));
    response.setHeader('content-type', 'application/x-protobuf');
    response.end();
  });
});

process.on('message', () => {
  const taken = bodies;
  bodies = [];
  process.send?.({ answer: countSpans(taken) });
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

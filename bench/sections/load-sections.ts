import { join } from 'node:path';
import type { VariantName } from '../variants/variants.ts';
import type { LoadSection } from './load-section.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Whatever somebody might use instead. */
const ALL: readonly VariantName[] = [
  'bare',
  'otel-noop',
  'otel-otlp',
  'postgres-events',
  'evlog',
  'audit-instrumentation',
  'audit',
];

const trivial: LoadSection = {
  id: 'trivial',
  title: 'A trivial handler',
  text: 'A `node:http` server that answers every request with the same 11 bytes: the most that auditing can cost, relatively.',
  app: join(ROOT, 'bench/apps/http.cjs'),
  mix: 'home',
  connections: 50,
  // NOTE: what takes microseconds is a question of how far V8 has compiled it.
  warmUpRequests: 100_000,
  backgroundWrites: 0,
  variants: ALL,
  lives: 2,
  rounds: 3,
};

const bodies: LoadSection = {
  ...trivial,
  id: 'bodies',
  title: 'Bodies of 1 kB',
  text: 'The same server takes 1 kB of JSON and answers with 1 kB. Both are recorded by audit-register (a policy of `request_response`, redacted), by the middleware and by evlog; the instrumentations of OpenTelemetry cannot see bodies, so theirs is the figure without.',
  mix: 'json',
  warmUpRequests: 20_000,
  variants: ['bare', 'otel-otlp', 'postgres-events-bodies', 'evlog-bodies', 'audit-bodies'],
  lives: 1,
};

const update: LoadSection = {
  id: 'update',
  title: 'One UPDATE a request',
  text: 'A `node:http` server that changes one row of PostgreSQL by its key for each request, on a pool of ten connections. The register holds a request and a statement for each, with the changed columns and their new values.',
  app: join(ROOT, 'bench/apps/pg.cjs'),
  mix: 'update',
  connections: 50,
  warmUpRequests: 15_000,
  backgroundWrites: 0,
  variants: ALL,
  lives: 2,
  rounds: 3,
};

const select: LoadSection = {
  ...update,
  id: 'select',
  title: 'One SELECT a request',
  text: 'The same with a SELECT by key. By default the register holds no statements that only read; the last variant records them too.',
  mix: 'select',
  variants: ['bare', 'otel-otlp', 'audit', 'audit-reads'],
  lives: 1,
};

const five: LoadSection = {
  ...update,
  id: 'five',
  title: 'Five queries a request',
  text: 'The same with three SELECTs and two UPDATEs, one after the other.',
  mix: 'five',
  warmUpRequests: 6_000,
  variants: ['bare', 'otel-otlp', 'postgres-events', 'audit'],
  lives: 1,
};

const shop: LoadSection = {
  id: 'shop',
  title: 'The demo shop',
  text: 'Express with PostgreSQL and verified tokens (`examples/shop`): of ten requests six look at products and orders, four write, two of these in a transaction and one of them rolled back; 2.9 statements a request. The shop verifies each token itself in all variants.',
  app: join(ROOT, 'examples/shop/app.js'),
  mix: 'shop',
  connections: 20,
  warmUpRequests: 6_000,
  // It expires old orders when it starts.
  backgroundWrites: 1,
  variants: ['bare', 'otel-otlp', 'postgres-events', 'audit'],
  lives: 1,
  rounds: 3,
};

const delivery: LoadSection = {
  ...update,
  id: 'delivery',
  title: 'Ways of delivery, with and without signatures',
  text: 'One UPDATE a request, with each of the [modes](../docs/delivery.md#modes). The chain of hashes is always made; *signed* adds a signature (Ed25519) for each segment.',
  variants: [
    'bare',
    'audit',
    'audit-signed',
    'audit-memory',
    'audit-memory-signed',
    'audit-write-ahead',
    'audit-write-ahead-signed',
  ],
  lives: 1,
};

export const LOAD_SECTIONS = { trivial, update, five, shop, select, bodies, delivery } as const;
export type LoadSectionName = keyof typeof LOAD_SECTIONS;

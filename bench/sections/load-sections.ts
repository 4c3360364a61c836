import { join } from 'node:path';
import type { VariantName } from '../variants/variants.ts';
import type { LoadSection } from './section.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALL: readonly VariantName[] = ['bare', 'otel-noop', 'otel-otlp', 'audit'];

const http: LoadSection = {
  id: 'http',
  title: 'A trivial handler',
  text: 'A `node:http` server that answers every request with the same 11 bytes: the most that auditing can cost, relatively.',
  app: join(ROOT, 'bench/apps/http.cjs'),
  mix: 'home',
  connections: 50,
  warmUpCycles: 500,
  backgroundWrites: 0,
  variants: ALL,
};

const update: LoadSection = {
  id: 'pg-update',
  title: 'One UPDATE a request',
  text: 'A `node:http` server that changes one row of PostgreSQL by its key for each request, on a pool of ten connections. The register holds a request and a statement for each, with the changed columns and their new values.',
  app: join(ROOT, 'bench/apps/pg.cjs'),
  mix: 'update',
  connections: 50,
  warmUpCycles: 120,
  backgroundWrites: 0,
  variants: ALL,
};

const select: LoadSection = {
  ...update,
  id: 'pg-select',
  title: 'One SELECT a request',
  text: 'The same with a SELECT by key. By default the register holds no statements that only read; the last variant records them too.',
  mix: 'select',
  variants: [...ALL, 'audit-reads'],
};

const shop: LoadSection = {
  id: 'shop',
  title: 'The demo shop',
  text: 'Express with PostgreSQL and verified tokens (`examples/shop`): of ten requests six look at products and orders, four write, two of these in a transaction and one of them rolled back; 2.9 statements a request. The shop verifies each token itself in all variants.',
  app: join(ROOT, 'examples/shop/app.js'),
  mix: 'shop',
  connections: 20,
  warmUpCycles: 8,
  // It expires old orders when it starts.
  backgroundWrites: 1,
  variants: ALL,
};

/** By the name that `--sections` knows them by. */
export const LOAD_SECTIONS: Readonly<Record<string, readonly LoadSection[]>> = {
  http: [http],
  pg: [update, select],
  shop: [shop],
};

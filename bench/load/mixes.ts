import type autocannon from 'autocannon';
import { SHOP_REQUESTS } from './shop-requests.ts';

/** What each connection asks for, again and again, and what one such cycle leaves behind. */
export interface Mix {
  readonly requests: readonly autocannon.Request[];
  /** Responses of a cycle by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Statements of a cycle that only read. */
  readonly reads: number;
  readonly writes: number;
  /** Transactions that wrote, whether committed or not. */
  readonly transactions: number;
}

export type MixName = 'home' | 'json' | 'update' | 'select' | 'five' | 'shop';

const NO_STATEMENTS = { reads: 0, writes: 0, transactions: 0 };

export const MIXES: Readonly<Record<MixName, Mix>> = {
  home: { requests: [{ method: 'GET', path: '/' }], statuses: { 200: 1 }, ...NO_STATEMENTS },
  json: {
    requests: [
      { method: 'POST', path: '/', headers: { 'content-type': 'application/json' }, body: kilobyte() },
    ],
    statuses: { 200: 1 },
    ...NO_STATEMENTS,
  },
  update: {
    requests: [{ method: 'POST', path: '/update' }],
    statuses: { 200: 1 },
    ...NO_STATEMENTS,
    writes: 1,
  },
  select: {
    requests: [{ method: 'GET', path: '/select' }],
    statuses: { 200: 1 },
    ...NO_STATEMENTS,
    reads: 1,
  },
  five: {
    requests: [{ method: 'POST', path: '/five' }],
    statuses: { 200: 1 },
    ...NO_STATEMENTS,
    reads: 3,
    writes: 2,
  },
  shop: {
    requests: SHOP_REQUESTS,
    statuses: { 200: 7, 201: 1, 204: 1, 402: 1 },
    reads: 19,
    writes: 6,
    transactions: 2,
  },
};

/** An order as clients send them: names, numbers, nested items; 1,000 bytes. */
function kilobyte(): string {
  const order = (note: string): string =>
    JSON.stringify({
      customer: { id: 4711, name: 'Carol Example', city: 'Leipzig' },
      items: Array.from({ length: 10 }, (_, line) => ({
        line,
        product: 100 + line,
        quantity: 2,
        price: 12.5,
      })),
      note,
    });
  return order('x'.repeat(1000 - order('').length));
}

/** All statements of a cycle, the beginning and the end of its transactions included. */
export function statementsOf({ reads, writes, transactions }: Mix): number {
  return reads + writes + 2 * transactions;
}

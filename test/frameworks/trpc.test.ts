import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, until } from '../http/audited-app.ts';
import type { AuditedApp, Line } from '../http/audited-app.ts';
import { JWT_SECRET } from '../process/launch.ts';
import { authorizationOf } from '../process/tokens.ts';
import { ask } from './graphql-cases.ts';

interface Case {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
}

const input = (value: unknown): string => `input=${encodeURIComponent(JSON.stringify(value))}`;

const CASES: readonly Case[] = [
  {
    name: 'a query',
    method: 'GET',
    path: `/trpc/orders.get?${input('key-4711')}`,
    expected: { http_status: 200, outcome: 'success' },
    attributes: called('orders.get', 'query.orders.get'),
  },
  {
    name: 'a mutation',
    method: 'POST',
    path: '/trpc/orders.delete',
    body: '7',
    expected: { http_status: 200, outcome: 'success' },
    attributes: called('orders.delete', 'mutation.orders.delete'),
  },
  {
    name: 'a procedure of a router that loads late',
    method: 'GET',
    path: '/trpc/late.seen',
    expected: { http_status: 200, outcome: 'success' },
    attributes: called('late.seen', 'query.late.seen'),
  },
  {
    name: 'a mutation that was denied',
    method: 'POST',
    path: '/trpc/orders.lock',
    body: null,
    expected: { http_status: 403, outcome: 'denied', error_type: 'FORBIDDEN', error_message: 'not yours' },
    attributes: { ...called('orders.lock', 'mutation.orders.lock'), ...failed('mutation.orders.lock') },
  },
  {
    name: 'a batch of which one call failed',
    method: 'GET',
    path: `/trpc/orders.list,orders.lose,orders.get?batch=1&${input({ 2: 'key-4711' })}`,
    expected: { http_status: 207, outcome: 'failure', error_type: 'INTERNAL_SERVER_ERROR' },
    attributes: {
      ...called(
        'orders.list, orders.lose, orders.get',
        'query.orders.list, query.orders.lose, query.orders.get',
      ),
      'audit.operations.count': '3',
      ...failed('query.orders.lose'),
    },
  },
  {
    name: 'a batch of mutations by one that was denied',
    method: 'POST',
    path: '/trpc/orders.delete,orders.lock?batch=1',
    body: { 0: '8' },
    expected: { http_status: 207, outcome: 'denied', error_type: 'FORBIDDEN' },
    attributes: {
      ...called('orders.delete, orders.lock', 'mutation.orders.delete, mutation.orders.lock'),
      'audit.operations.count': '2',
      ...failed('mutation.orders.lock'),
    },
  },
  {
    name: 'a procedure that there is not, without taking its name for one',
    method: 'GET',
    path: '/trpc/orders.list,orders.steal?batch=1',
    expected: { http_status: 207, outcome: 'failure', error_type: 'NOT_FOUND', error_message: '' },
    attributes: {
      ...called('orders.list', 'query.orders.list, unknown'),
      'audit.operations.count': '2',
      ...failed('unknown'),
    },
  },
  {
    name: 'a call by the wrong method',
    method: 'GET',
    path: `/trpc/orders.delete?${input('7')}`,
    expected: { http_status: 405, outcome: 'failure', error_type: 'METHOD_NOT_SUPPORTED' },
    attributes: { ...called('orders.delete', 'mutation.orders.delete'), ...failed('mutation.orders.delete') },
  },
  {
    name: 'no input, neither as it was sent nor in the message of an error',
    method: 'POST',
    path: '/trpc/orders.delete',
    body: { password: 'hunter2' },
    expected: { http_status: 400, outcome: 'failure', error_type: 'BAD_REQUEST', error_message: '' },
    attributes: { ...called('orders.delete', 'mutation.orders.delete'), ...failed('mutation.orders.delete') },
  },
  {
    name: 'a subscription',
    method: 'GET',
    path: '/trpc/orders.ticks',
    expected: { http_status: 200, outcome: 'success' },
    attributes: called('orders.ticks', 'subscription.orders.ticks'),
  },
];

function called(path: string, operations: string): Record<string, string> {
  return { 'rpc.system.name': 'trpc', 'rpc.method': path, 'audit.operations': operations };
}

function failed(operations: string): Record<string, string> {
  return { 'audit.operations.failed': operations, 'audit.operations.errors': '1' };
}

const USERS = 50;
const ADAPTERS = ['standalone', 'express', 'fastify'].flatMap((name) =>
  ['cjs', 'mjs'].map((form) => `${name}.${form}`),
);

describe.each(ADAPTERS)('the record of a request to tRPC by %s', (adapter) => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp(`frameworks/trpc-${adapter}`, { env: { AUDIT_REGISTER_JWT_SECRET: JWT_SECRET } });
  });
  afterAll(() => app.stop());

  it.for(CASES)('says $name', async ({ name, method, path, body, expected, attributes }) => {
    await ask(app, path, name, 'ada', body, method);
    const record = await app.request({ correlation_id: name });
    expect(record).toMatchObject({ actor_id: 'ada', actor_assurance: 'verified', ...expected });
    expect(operationsOf(record)).toEqual(attributes);
    expect(JSON.stringify(record)).not.toMatch(/key-4711|hunter2/);
  });

  it('says what was streamed as lines, and what failed in the stream', async () => {
    const response = await fetch(`http://127.0.0.1:${app.port}/trpc/orders.slowly,orders.lose?batch=1`, {
      headers: {
        ...(await authorizationOf('ada')),
        'trpc-accept': 'application/jsonl',
        'x-request-id': 'lines',
      },
    });
    expect([response.status, (await response.text()).split('\n').length > 2]).toEqual([200, true]);
    const record = await app.request({ correlation_id: 'lines' });
    expect(record).toMatchObject({ http_status: 200, outcome: 'failure', actor_id: 'ada' });
    expect(operationsOf(record)).toEqual({
      ...called('orders.slowly, orders.lose', 'query.orders.slowly, query.orders.lose'),
      'audit.operations.count': '2',
      ...failed('query.orders.lose'),
    });
  });

  it(`keeps ${USERS} users apart who call at once`, async () => {
    await Promise.all(
      Array.from({ length: USERS }, (_, index) =>
        ask(app, '/trpc/orders.delete', `crowd-${index}`, `user-${index}`, String(index)),
      ),
    );
    const lines = await until('the records of the crowd', () => {
      const found = app.lines().filter(({ correlation_id: id }) => id.startsWith('crowd-'));
      return found.length >= 2 * USERS ? found : undefined;
    });
    expect(lines).toHaveLength(2 * USERS);
    for (const line of lines) {
      const index = line.correlation_id.slice('crowd-'.length);
      expect(line).toMatchObject({ actor_id: `user-${index}`, actor_assurance: 'verified' });
      if (line.category === 'db') expect(line['target_id']).toBe(index);
      else expect(line.attributes['audit.operations']).toBe('mutation.orders.delete');
    }
  });
});

function operationsOf({ attributes }: Line): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => name.startsWith('rpc.') || name.startsWith('audit.oper')),
  );
}

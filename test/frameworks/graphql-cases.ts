import { describe, expect, it } from 'vitest';
import type { AuditedApp, Line } from '../http/audited-app.ts';
import { until } from '../http/audited-app.ts';
import { authorizationOf } from '../process/tokens.ts';

interface Asked {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

interface Case {
  readonly name: string;
  readonly path?: string;
  readonly asked: Asked | readonly Asked[];
  readonly expected: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What `test/fixtures/frameworks/graphql-app.cjs` is asked, and what its records must say. */
const CASES: readonly Case[] = [
  {
    name: 'a query',
    asked: { query: 'query Find($id: ID) { found: order(id: $id) { id } }', variables: { id: 'key-4711' } },
    expected: { outcome: 'success', error_type: '' },
    attributes: named('Find', 'query', 'query.order'),
  },
  {
    name: 'a mutation by the field of the schema, whatever the client calls it',
    asked: { query: 'mutation Harmless { readOnly: deleteOrder(id: "7") { id } }' },
    expected: { outcome: 'success' },
    attributes: named('Harmless', 'mutation', 'mutation.deleteOrder'),
  },
  {
    name: 'an anonymous operation',
    asked: { query: '{ orders { id } }' },
    expected: { outcome: 'success' },
    attributes: { 'graphql.operation.type': 'query', 'audit.operations': 'query.orders' },
  },
  {
    name: 'the operation of several that is asked for',
    asked: {
      query: 'query A { orders { id } } mutation B { deleteOrder(id: "8") { id } }',
      operationName: 'B',
    },
    expected: { outcome: 'success' },
    attributes: named('B', 'mutation', 'mutation.deleteOrder'),
  },
  {
    name: 'fields behind fragments',
    asked: {
      query:
        'mutation M { ...More ... on Mutation { deleteOrder(id: "9") { id } } } fragment More on Mutation { again: deleteOrder(id: "10") { id } ...Last } fragment Last on Mutation { __typename }',
    },
    expected: { outcome: 'success' },
    attributes: named('M', 'mutation', 'mutation.deleteOrder, mutation.__typename'),
  },
  {
    name: 'an introspection as one',
    asked: { query: 'query deleteOrder { __schema { queryType { name } } }' },
    expected: { outcome: 'success' },
    attributes: named('deleteOrder', 'query', 'query.__schema'),
  },
  {
    name: 'a mutation that was denied, although the status is 200',
    asked: { query: 'mutation Lock { lockOrder(id: "7") { id } }' },
    expected: {
      http_status: 200,
      outcome: 'denied',
      severity: 'warning',
      error_type: 'FORBIDDEN',
      error_message: 'not yours',
    },
    attributes: { ...named('Lock', 'mutation', 'mutation.lockOrder'), ...failed('mutation.lockOrder') },
  },
  {
    name: 'a mutation that failed, without what its server executed within',
    asked: { query: 'mutation { loseOrder(id: "7") { id } }' },
    expected: { outcome: 'failure', error_type: 'GraphQLError', error_message: 'lost it' },
    attributes: {
      'graphql.operation.type': 'mutation',
      'audit.operations': 'mutation.loseOrder',
      ...failed('mutation.loseOrder'),
    },
  },
  {
    name: 'a query without any data',
    asked: { query: 'query Must { must { id } }' },
    expected: { outcome: 'failure', error_type: 'GraphQLError' },
    attributes: { ...named('Must', 'query', 'query.must'), ...failed('query.must') },
  },
  {
    name: 'a query of which one root field was denied',
    asked: { query: 'query Two { orders { id } private { id } }' },
    expected: { outcome: 'denied', error_type: 'FORBIDDEN' },
    attributes: {
      ...named('Two', 'query', 'query.orders, query.private'),
      ...failed('query.private'),
    },
  },
  {
    name: 'a query with an error within its answer as a success, and counts the error',
    asked: { query: 'query Part { order(id: "1") { id broken } }' },
    expected: { outcome: 'success', error_type: '' },
    attributes: { ...named('Part', 'query', 'query.order'), 'audit.operations.errors': '1' },
  },
  {
    name: 'values of variables neither in attributes nor in the message of an error',
    asked: { query: 'query Sum($n: Int!) { sum(amount: $n) }', variables: { n: 'hunter2' } },
    expected: { outcome: 'failure', error_type: 'GraphQLError', error_message: '' },
    attributes: { ...named('Sum', 'query', 'query.sum'), ...failed('query.sum') },
  },
  {
    name: 'a batch with all its operations; one that was denied counts',
    path: '/batch',
    asked: [
      { query: 'query One { orders { id } }' },
      { query: 'mutation Two { deleteOrder(id: "20") { id } }' },
      { query: 'mutation Three { lockOrder(id: "20") { id } }' },
    ],
    expected: { http_status: 200, outcome: 'denied', error_type: 'FORBIDDEN' },
    attributes: {
      ...named(
        'One, Two, Three',
        'query, mutation',
        'query.orders, mutation.deleteOrder, mutation.lockOrder',
      ),
      'audit.operations.count': '3',
      ...failed('mutation.lockOrder'),
    },
  },
  {
    name: 'a document that cannot be read, although the status is 200',
    path: '/batch',
    asked: [{ query: 'mutation { hunter2 ' }],
    expected: { http_status: 200, outcome: 'failure', error_type: 'GRAPHQL_PARSE_FAILED', error_message: '' },
    attributes: { 'audit.operations': 'unknown', ...failed('unknown') },
  },
  {
    name: 'a document that the schema refuses, although the status is 200',
    path: '/mute',
    asked: { query: 'mutation Drop { dropEverything(password: "hunter2") }' },
    expected: {
      http_status: 200,
      outcome: 'failure',
      error_type: 'GRAPHQL_VALIDATION_FAILED',
      error_message: '',
    },
    attributes: { ...named('Drop', 'mutation', 'unknown'), ...failed('unknown') },
  },
  {
    name: 'a subscription',
    path: '/stream',
    asked: { query: 'subscription Watch { ticks }' },
    expected: { outcome: 'success' },
    attributes: named('Watch', 'subscription', 'subscription.ticks'),
  },
];

function named(name: string, type: string, operations: string): Record<string, string> {
  return {
    'graphql.operation.name': name,
    'graphql.operation.type': type,
    'audit.operations': operations,
  };
}

function failed(operations: string): Record<string, string> {
  return { 'audit.operations.failed': operations, 'audit.operations.errors': '1' };
}

const USERS = 50;

/** @param path Where a server takes single operations. */
export function describeOperations(app: () => AuditedApp): void {
  it.for(CASES)('says $name', async ({ name, path = '/graphql', asked, expected, attributes }) => {
    await ask(app(), path, name, 'ada', asked);
    const record = await app().request({ correlation_id: name });
    expect(record).toMatchObject({
      url_path: path,
      actor_id: 'ada',
      actor_assurance: 'verified',
      ...expected,
    });
    expect(operationsOf(record)).toEqual(attributes);
    expect(JSON.stringify(record)).not.toMatch(/key-4711|hunter2/);
  });

  describe('a hostile client', () => {
    it('cannot make its record large by the name it chooses', async () => {
      const name = `A${'b'.repeat(100_000)}`;
      await ask(app(), '/graphql', 'large', 'eve', { query: `query ${name} { orders { id } }` });
      expect(operationsOf(await app().request({ correlation_id: 'large' }))).toEqual({
        ...named(name.slice(0, 128), 'query', 'query.orders'),
      });
    });

    it('cannot make it large by aliases', async () => {
      const fields = Array.from({ length: 2_000 }, (_, index) => `a${index}: orders { id }`).join(' ');
      await ask(app(), '/graphql', 'aliases', 'eve', { query: `query Many { ${fields} }` });
      expect(operationsOf(await app().request({ correlation_id: 'aliases' }))).toEqual(
        named('Many', 'query', 'query.orders'),
      );
    });

    it('cannot hide a field behind many, nor in a fragment that holds itself', async () => {
      const many = Array.from({ length: 11_000 }, (_, index) => `f${index}`).join(' ');
      const query = `mutation Many { ${many} deleteOrder(id: "1") { id } }`;
      await ask(app(), '/unchecked', 'many', 'eve', { query });
      expect((await app().request({ correlation_id: 'many' })).attributes['audit.operations']).toBe(
        'unknown',
      );
      const circle = 'mutation C { ...F } fragment F on Mutation { ...F deleteOrder(id: "1") { id } }';
      await ask(app(), '/unchecked', 'circle', 'eve', { query: circle });
      expect((await app().request({ correlation_id: 'circle' })).attributes['audit.operations']).toBe(
        'mutation.deleteOrder',
      );
    });
  });

  it(`keeps ${USERS} users apart who ask at once`, async () => {
    await Promise.all(
      Array.from({ length: USERS }, (_, index) =>
        ask(app(), '/graphql', `crowd-${index}`, `user-${index}`, {
          query: `mutation Of${index} { deleteOrder(id: "${index}") { id } }`,
        }),
      ),
    );
    const lines = await until('the records of the crowd', () => {
      const found = app()
        .lines()
        .filter(({ correlation_id: id }) => id.startsWith('crowd-'));
      return found.length >= 2 * USERS ? found : undefined;
    });
    expect(lines).toHaveLength(2 * USERS);
    for (const line of lines) {
      const index = line.correlation_id.slice('crowd-'.length);
      expect(line).toMatchObject({ actor_id: `user-${index}`, actor_assurance: 'verified' });
      if (line.category === 'db') expect(line['target_id']).toBe(index);
      else expect(line.attributes['graphql.operation.name']).toBe(`Of${index}`);
    }
  });
}

export async function ask(
  app: AuditedApp,
  path: string,
  id: string,
  user: string,
  body: unknown,
  method = 'POST',
): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`, {
    method,
    headers: { ...(await authorizationOf(user)), 'content-type': 'application/json', 'x-request-id': id },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response;
}

/** What a record says of the operations of its request. */
export function operationsOf({ attributes }: Line): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name]) => name.startsWith('graphql.') || name.startsWith('audit.oper'),
    ),
  );
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, until } from '../http/audited-app.ts';
import type { AuditedApp } from '../http/audited-app.ts';
import { JWT_SECRET } from '../process/launch.ts';
import { ROOT } from '../process/nodes.ts';
import { ask, describeOperations, operationsOf } from './graphql-cases.ts';

beforeAll(() => {
  if (!existsSync(join(ROOT, 'test/external/graphql/node_modules/graphql')))
    throw new Error('GraphQL 16 is not installed: npm ci --prefix test/external/graphql');
});

const ENV = { env: { AUDIT_REGISTER_JWT_SECRET: JWT_SECRET } };

const FILES = [
  ['CommonJS', '../external/graphql/graphql-16.cjs'],
  ['an ES module', '../external/graphql/graphql-16.mjs'],
  ["OpenTelemetry's own instrumentation on top", 'frameworks/graphql-instrumented.cjs'],
] as const;

describe.each(FILES)('the record of a request to GraphQL 16 with %s', (_, file) => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp(file, ENV);
  });
  afterAll(() => app.stop());

  describeOperations(() => app);
});

const SERVERS = ['apollo.cjs', 'apollo.mjs', 'yoga.cjs', 'yoga.mjs', 'mercurius.cjs'];
const USERS = 50;

describe.each(SERVERS)('the record of a request to %s', (file) => {
  let app: AuditedApp;
  const path = file.startsWith('apollo') ? '/' : '/graphql';
  beforeAll(async () => {
    app = await startApp(`../external/graphql/${file}`, ENV);
  });
  afterAll(() => app.stop());

  it('says which operation of the schema was done', async () => {
    await ask(app, path, 'one', 'ada', { query: 'mutation Mine { a: deleteOrder(id: "7") { id } }' });
    const record = await app.request({ correlation_id: 'one' });
    expect(record).toMatchObject({ outcome: 'success', actor_id: 'ada' });
    expect(operationsOf(record)).toEqual({
      'graphql.operation.name': 'Mine',
      'graphql.operation.type': 'mutation',
      'audit.operations': 'mutation.deleteOrder',
    });
  });

  it('says that it was denied', async () => {
    await ask(app, path, 'denied', 'ada', { query: 'mutation { lockOrder(id: "7") { id } }' });
    const record = await app.request({ correlation_id: 'denied' });
    expect(record).toMatchObject({ outcome: 'denied', error_type: 'FORBIDDEN', error_message: 'not yours' });
    expect(record.attributes['audit.operations.failed']).toBe('mutation.lockOrder');
  });

  it('says that a document was refused', async () => {
    await ask(app, path, 'refused', 'ada', { query: 'query Steal { everything }' });
    const record = await app.request({ correlation_id: 'refused' });
    expect(record).toMatchObject({ outcome: 'failure', error_type: 'GRAPHQL_VALIDATION_FAILED' });
    expect(record.attributes['audit.operations']).toBe('unknown');
  });

  it('says all of a batch', async () => {
    await ask(app, path, 'batch', 'ada', [
      { query: 'query A { orders { id } }' },
      { query: 'mutation B { deleteOrder(id: "8") { id } }' },
    ]);
    const record = await app.request({ correlation_id: 'batch' });
    expect(record).toMatchObject({ http_status: 200, outcome: 'success' });
    expect(record.attributes).toMatchObject({
      'audit.operations': 'query.orders, mutation.deleteOrder',
      'audit.operations.count': '2',
    });
  });

  it(`keeps ${USERS} users apart who ask at once`, async () => {
    await Promise.all(
      Array.from({ length: USERS }, (_, index) =>
        ask(app, path, `crowd-${index}`, `user-${index}`, {
          query: `mutation Of${index} { deleteOrder(id: "${index}") { id } }`,
        }),
      ),
    );
    const lines = await until('the records of the crowd', () => {
      const found = app.lines().filter(({ correlation_id: id }) => id.startsWith('crowd-'));
      return found.length >= 2 * USERS ? found : undefined;
    });
    for (const line of lines) {
      const index = line.correlation_id.slice('crowd-'.length);
      expect(line).toMatchObject({ actor_id: `user-${index}`, actor_assurance: 'verified' });
      if (line.category === 'http') expect(line.attributes['graphql.operation.name']).toBe(`Of${index}`);
    }
  });
});

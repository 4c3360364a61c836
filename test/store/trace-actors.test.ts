import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { addRecords } from './records.ts';
import { newSpanId, newTraceId } from './spans.ts';

const store = useClickHouse();
const NOON = '2026-11-20 12:00:00';
const CHAIN = randomUUID();

type Fields = Parameters<typeof addRecords>[1][number];

interface Told {
  readonly url_path: string;
  readonly actor_id: string;
  readonly carried_by: string;
  readonly carried_actor_id: string;
}

/** A request that a service serves; it has a span, which is in `at`. */
function request(trace: string, service: string, at: string, fields: Fields = {}): Fields {
  return {
    category: 'http',
    trace_id: trace,
    service_name: service,
    span_id: at,
    occurred_at: NOON,
    actor_type: 'anonymous',
    actor_assurance: 'none',
    ...fields,
  };
}

/** At the edge, by somebody whom it has verified. */
function verified(trace: string, at: string, actor: string, fields: Fields = {}): Fields {
  const named = {
    actor_id: actor,
    actor_type: 'user',
    actor_assurance: 'verified',
    chain_id: CHAIN,
    sequence: 1,
  };
  return request(trace, 'edge', at, { ...named, ...fields });
}

function statement(trace: string, service: string, parent: string, fields: Fields = {}): Fields {
  return {
    ...request(trace, service, newSpanId(), fields),
    category: 'db',
    parent_span_id: parent,
    action: 'update',
  };
}

/** By whom, for each record of a trace whose own service does not vouch for anybody. */
async function carried(trace: string): Promise<Record<string, string>> {
  const rows = await store().query<Told>(
    `SELECT url_path, actor_id, carried_by, carried_actor_id FROM audit.carried_records
     WHERE trace_id = {trace:String} ORDER BY url_path`,
    { trace },
  );
  return Object.fromEntries(
    rows.map(({ url_path, carried_by, carried_actor_id }) => [
      url_path,
      carried_by === '' ? 'unknown' : `${carried_actor_id} by ${carried_by}`,
    ]),
  );
}

describe('what an inner service did is carried to whom the edge has verified', () => {
  test('by the spans above it: a request, its statements, and those of a service behind it', async () => {
    const trace = newTraceId();
    const [edge, inner, call, innermost] = [newSpanId(), newSpanId(), newSpanId(), newSpanId()];
    const asked = randomUUID();
    await addRecords(store(), [
      verified(trace, edge, 'alice', {
        record_id: asked,
        actor_name: 'Alice',
        tenant_id: 'north',
        impersonator_id: 'root',
      }),
      request(trace, 'inner', inner, { parent_span_id: edge, url_path: '/inner' }),
      statement(trace, 'inner', inner, {
        url_path: '/inner/sql',
        actor_id: 'mallory',
        actor_assurance: 'claimed',
      }),
      // An outgoing call that is recorded.
      { ...request(trace, 'inner', call), category: 'app', parent_span_id: inner, url_path: '/call' },
      request(trace, 'innermost', innermost, { parent_span_id: call, url_path: '/innermost' }),
      statement(trace, 'innermost', innermost, { url_path: '/innermost/sql' }),
    ]);
    expect(await carried(trace)).toEqual({
      '/call': 'alice by span',
      '/inner': 'alice by span',
      '/inner/sql': 'alice by span',
      '/innermost': 'alice by span',
      '/innermost/sql': 'alice by span',
    });
    const [row] = await store().query(
      `SELECT actor_id, actor_assurance, carried_actor_name, carried_actor_type, carried_assurance, carried_impersonator_id,
         carried_tenant_id, carried_from
       FROM audit.carried_records WHERE trace_id = {trace:String} AND url_path = '/inner/sql'`,
      { trace },
    );
    expect(row).toEqual({
      actor_id: 'mallory',
      actor_assurance: 'claimed',
      carried_actor_name: 'Alice',
      carried_actor_type: 'user',
      carried_assurance: 'verified',
      carried_impersonator_id: 'root',
      carried_tenant_id: 'north',
      carried_from: asked,
    });
  });

  test('by the trace alone where an outgoing call is not recorded, and says so', async () => {
    const trace = newTraceId();
    const inner = newSpanId();
    await addRecords(store(), [
      verified(trace, newSpanId(), 'alice'),
      request(trace, 'inner', inner, { parent_span_id: newSpanId(), url_path: '/inner' }),
      statement(trace, 'inner', inner, { url_path: '/sql' }),
    ]);
    expect(await carried(trace)).toEqual({ '/inner': 'alice by trace', '/sql': 'alice by trace' });
  });

  test('not where it is the beginning of its own trace, or of no trace', async () => {
    const trace = newTraceId();
    await addRecords(store(), [
      verified(trace, newSpanId(), 'alice'),
      request(trace, 'inner', newSpanId(), { url_path: '/by/itself' }),
    ]);
    expect(await carried(trace)).toEqual({ '/by/itself': 'unknown' });
  });

  test('not what the edge itself did for somebody without a name', async () => {
    const trace = newTraceId();
    const edge = newSpanId();
    await addRecords(store(), [
      verified(trace, edge, 'alice'),
      statement(trace, 'edge', edge, { url_path: '/sql', chain_id: CHAIN }),
    ]);
    expect(await carried(trace)).toEqual({ '/sql': 'unknown' });
  });
});

describe('a trace id that somebody chose gives him no name and takes none', () => {
  test('two actors of one trace keep what is their own, and nobody gets the rest', async () => {
    const trace = newTraceId();
    const [alice, bob] = [newSpanId(), newSpanId()];
    await addRecords(store(), [
      verified(trace, alice, 'alice'),
      verified(trace, bob, 'bob'),
      request(trace, 'inner', newSpanId(), { parent_span_id: alice, url_path: '/of/alice' }),
      request(trace, 'inner', newSpanId(), { parent_span_id: bob, url_path: '/of/bob' }),
      request(trace, 'inner', newSpanId(), { parent_span_id: newSpanId(), url_path: '/of/whom' }),
    ]);
    expect(await carried(trace)).toEqual({
      '/of/alice': 'alice by span',
      '/of/bob': 'bob by span',
      '/of/whom': 'unknown',
    });
  });

  test.each([
    ['his trace id', () => newSpanId()],
    ['his trace id and the id of his span', (span: string) => span],
  ])(
    'who shows nothing and sends %s to the edge does nothing in the name of another',
    async (_, parentOf) => {
      const trace = newTraceId();
      const [alice, stranger, inner] = [newSpanId(), newSpanId(), newSpanId()];
      await addRecords(store(), [
        verified(trace, alice, 'alice'),
        request(trace, 'edge', stranger, {
          parent_span_id: parentOf(alice),
          url_path: '/stranger',
          chain_id: CHAIN,
        }),
        request(trace, 'inner', inner, { parent_span_id: stranger, url_path: '/inner' }),
        statement(trace, 'inner', inner, { url_path: '/sql' }),
        request(trace, 'inner', newSpanId(), { parent_span_id: newSpanId(), url_path: '/unrecorded' }),
        request(trace, 'inner', newSpanId(), { parent_span_id: alice, url_path: '/of/alice' }),
      ]);
      expect(await carried(trace)).toEqual({
        '/stranger': 'unknown',
        '/inner': 'unknown',
        '/sql': 'unknown',
        '/unrecorded': 'unknown',
        '/of/alice': 'alice by span',
      });
    },
  );

  test('a token that was expired or forged carries nothing', async () => {
    const trace = newTraceId();
    const [expired, invalid] = [newSpanId(), newSpanId()];
    await addRecords(store(), [
      verified(trace, expired, 'alice', { actor_assurance: 'expired' }),
      verified(trace, invalid, 'alice', { actor_assurance: 'invalid' }),
      request(trace, 'inner', newSpanId(), { parent_span_id: expired, url_path: '/a' }),
      request(trace, 'inner', newSpanId(), { parent_span_id: newSpanId(), url_path: '/b' }),
    ]);
    expect(await carried(trace)).toMatchObject({ '/a': 'unknown', '/b': 'unknown' });
  });

  test('what is of no chain cannot vouch for anybody, whatever it says', async () => {
    const trace = newTraceId();
    const forged = newSpanId();
    await addRecords(store(), [
      verified(trace, forged, 'alice', { chain_id: '00000000-0000-0000-0000-000000000000' }),
      request(trace, 'inner', newSpanId(), { parent_span_id: forged, url_path: '/inner' }),
    ]);
    expect(await carried(trace)).toEqual({ '/inner': 'unknown' });
  });

  test('a second record of the same span leads nowhere, rather than to the wrong one', async () => {
    const trace = newTraceId();
    const [alice, bob, inner] = [newSpanId(), newSpanId(), newSpanId()];
    await addRecords(store(), [
      verified(trace, alice, 'alice'),
      verified(trace, bob, 'bob'),
      request(trace, 'inner', inner, { parent_span_id: alice, url_path: '/inner' }),
      request(trace, 'inner', inner, { parent_span_id: bob, url_path: '/forged' }),
      statement(trace, 'inner', inner, { url_path: '/sql' }),
    ]);
    expect(await carried(trace)).toMatchObject({ '/sql': 'unknown' });
  });

  test('an edge that is there twice in a span vouches for nobody', async () => {
    const trace = newTraceId();
    const edge = newSpanId();
    await addRecords(store(), [
      verified(trace, edge, 'alice'),
      verified(trace, edge, 'bob'),
      request(trace, 'inner', newSpanId(), { parent_span_id: edge, url_path: '/inner' }),
    ]);
    expect(await carried(trace)).toEqual({ '/inner': 'unknown' });
  });

  test('spans in a circle end', async () => {
    const trace = newTraceId();
    const [one, two] = [newSpanId(), newSpanId()];
    await addRecords(store(), [
      verified(trace, newSpanId(), 'alice'),
      request(trace, 'inner', one, { parent_span_id: two, url_path: '/one' }),
      request(trace, 'inner', two, { parent_span_id: one, url_path: '/two' }),
      request(trace, 'inner', 'a'.repeat(16), { parent_span_id: 'a'.repeat(16), url_path: '/self' }),
    ]);
    expect(await carried(trace)).toEqual({ '/one': 'unknown', '/two': 'unknown', '/self': 'unknown' });
  });

  test('a trace of thousands of requests is answered by the trace alone', async () => {
    const trace = newTraceId();
    const edge = newSpanId();
    const many = Array.from({ length: 2_000 }, (_, at) =>
      request(trace, 'inner', newSpanId(), { parent_span_id: edge, url_path: `/${at}` }),
    );
    await addRecords(store(), [verified(trace, edge, 'alice'), ...many]);
    expect([...new Set(Object.values(await carried(trace)))]).toEqual(['alice by trace']);
  });
});

test('the query of the guide finds everything that somebody caused, inner services included', async () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/other-languages.md'), 'utf8');
  const [, sql = ''] = /^```sql\n([\s\S]+?)^```$/m.exec(guide) ?? [];
  const trace = newTraceId();
  const [carol, inner] = [newSpanId(), newSpanId()];
  await addRecords(store(), [
    verified(trace, carol, 'carol', { url_path: '/edge' }),
    request(trace, 'inner', inner, { parent_span_id: carol, url_path: '/inner' }),
    statement(trace, 'inner', inner, { target_type: 'orders' }),
    request(newTraceId(), 'inner', newSpanId(), {
      actor_id: 'carol',
      actor_assurance: 'claimed',
      url_path: '/claim',
    }),
  ]);
  const client = createStoreClient(store().config('audit_reader'));
  try {
    const period = { from: '2026-11-20 00:00:00', to: '2026-11-21 00:00:00' };
    const result = await client.query({
      query: sql,
      query_params: { user: 'carol', ...period },
      format: 'JSONEachRow',
    });
    const rows = await result.json<{
      service_name: string;
      url_path: string;
      target_type: string;
      carried_by: string;
    }>();
    expect(
      rows.map((row) => `${row.service_name} ${row.url_path}${row.target_type} ${row.carried_by}`).sort(),
    ).toEqual(['edge /edge ', 'inner /inner span', 'inner orders span']);
  } finally {
    await client.close();
  }
});

describe('who acted in a trace', () => {
  const actorOf = async (trace: string) =>
    store().query(
      'SELECT actor_id, actor_assurance, services, is_known, toUInt32(actor_count) AS actor_count FROM audit.trace_actors WHERE trace_id = {trace:String}',
      { trace },
    );

  test('is who was verified at the edge, also where several services did', async () => {
    const trace = newTraceId();
    await addRecords(store(), [
      verified(trace, newSpanId(), 'alice'),
      verified(trace, newSpanId(), 'alice', { service_name: 'inner', actor_assurance: 'trusted' }),
      request(trace, 'unaware', newSpanId()),
    ]);
    const [row, ...more] = await actorOf(trace);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ actor_id: 'alice', actor_assurance: 'trusted', is_known: 1, actor_count: 1 });
  });

  test('is nobody where there are two, or somebody without a name at the edge', async () => {
    const [two, unnamed] = [newTraceId(), newTraceId()];
    await addRecords(store(), [
      verified(two, newSpanId(), 'alice'),
      verified(two, newSpanId(), 'bob'),
      verified(unnamed, newSpanId(), 'alice'),
      request(unnamed, 'edge', newSpanId()),
    ]);
    expect(await actorOf(two)).toMatchObject([{ actor_id: '', is_known: 0, actor_count: 2 }]);
    expect(await actorOf(unnamed)).toMatchObject([{ actor_id: '', is_known: 0, actor_count: 1 }]);
  });

  test('is told to a user who may only read', async () => {
    const client = createStoreClient(store().config('audit_reader'));
    try {
      const result = await client.query({
        query: 'SELECT count() AS n FROM audit.carried_records',
        format: 'JSONEachRow',
      });
      const [row] = await result.json<{ n: string }>();
      expect(Number(row?.n)).toBeGreaterThan(0);
    } finally {
      await client.close();
    }
  });
});

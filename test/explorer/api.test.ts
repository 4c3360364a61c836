import { beforeAll, describe, expect, test } from 'vitest';
import { conditionOf } from '../../src/search/condition.ts';
import { useExplorer } from './explorer-under-test.ts';
import { FROM, TO, addRecords, visit } from './records.ts';

const { store, explorer } = useExplorer();
const PERIOD = `from=${FROM}&to=${TO}`;

interface Described {
  readonly record: Readonly<Record<string, unknown>>;
  readonly sentence: Readonly<Record<string, string>>;
}
interface RecordsAnswer {
  readonly records: readonly Described[];
  readonly next?: string;
}

let ids: readonly string[];

beforeAll(async () => {
  ids = await addRecords(store(), [...visit(10, '1042'), ...visit(20, '1043')]);
});

describe('the session', () => {
  test('says which store it is, how far it is and what can be searched, and never a password', async () => {
    const { text } = await explorer().get('/api/session');
    const session = JSON.parse(text) as Record<string, unknown>;

    expect(session).toMatchObject({
      service: 'audit-register',
      version: '1.2.3',
      store: { url: store().url, database: 'audit', user: 'audit_reader' },
      newestAt: '2026-11-20T12:20:01.200000000Z',
      isEmpty: false,
      fields: expect.arrayContaining([
        expect.objectContaining({ name: 'actor', aliases: expect.any(Array) }),
      ]),
    });
    expect(session['delaySeconds']).toBeTypeOf('number');
    expect(Math.abs(Date.parse(String(session['now'])) - Date.now())).toBeLessThan(60_000);
    expect(text).not.toContain(store().engine.passwords.audit_reader);
  });
});

describe('records', () => {
  test('are pages, the newest first, each with its sentence, until nothing follows', async () => {
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 10; page++) {
      const answer = await explorer().json<RecordsAnswer>(`/api/records?${PERIOD}&limit=4${after}`);
      seen.push(...answer.records.map(({ record }) => String(record['record_id'])));
      if (answer.next === undefined) break;
      after = `&after=${encodeURIComponent(answer.next)}`;
    }

    expect(seen).toEqual([...ids].reverse());
  });

  test('are found by a search', async () => {
    const { records } = await explorer().json<RecordsAnswer>(
      `/api/records?search=${encodeURIComponent('actor:alice table:orders')}&${PERIOD}`,
    );

    expect(records.map(({ record }) => record['target_id'])).toEqual(['1043', '1042']);
    expect(records[0]?.sentence).toMatchObject({ who: 'alice', did: 'changed', what: 'orders / 1043' });
  });

  test('are one, with the request it belongs to and whether it can be trusted', async () => {
    const answer = await explorer().json<Described & { request: Described[]; integrity: unknown }>(
      `/api/records/${ids[1]}`,
    );

    expect(answer.record['record_id']).toBe(ids[1]);
    expect(answer.sentence['who']).toBe('alice');
    expect(answer.request.map(({ record }) => record['record_id'])).toEqual([ids[0], ids[1]]);
    expect(answer.integrity).toMatchObject({ state: 'unsealed' });
  });

  test.each(['0198a0a0-0000-7000-8000-000000000000', 'x', '..%2fsession', '%00', "'"])(
    'that are not there are not found: %s',
    async (id) => {
      const { status, text } = await explorer().get(`/api/records/${id}`);

      expect(status).toBe(404);
      expect(text).toContain('ERR_AUDIT_EXPLORER_NOT_FOUND');
    },
  );
});

describe('what is asked about records', () => {
  test('how many there were, and how they ended', async () => {
    const histogram = await explorer().json<{ total: number; buckets: { counts: Record<string, number> }[] }>(
      `/api/histogram?${PERIOD}&buckets=60`,
    );

    expect(histogram.total).toBe(6);
    const sum = (name: string): number =>
      histogram.buckets.reduce((total, { counts }) => total + (counts[name] ?? 0), 0);
    expect([sum('ok'), sum('denied')]).toEqual([4, 2]);
  });

  test('which values a field has', async () => {
    const path = `/api/suggest?field=actor&prefix=al&${PERIOD}`;

    expect(await explorer().json(path)).toEqual({ values: [{ value: 'alice', count: 4 }] });
  });

  test('what became of a row', async () => {
    const { changes } = await explorer().json<{ changes: (Described & { fields: unknown })[] }>(
      `/api/objects?table=orders&id=1042&${PERIOD}`,
    );

    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      record: { record_id: ids[1] },
      sentence: { who: 'alice' },
      fields: [{ field: 'paid', before: 'false', after: 'true' }],
    });
  });

  test('what somebody did', async () => {
    const actor = await explorer().json<Record<string, unknown>>(`/api/actors?id=user-1&${PERIOD}`);

    expect(actor).toMatchObject({
      actorId: 'user-1',
      total: 4,
      addresses: [expect.objectContaining({ value: '10.1.2.3' })],
    });
  });

  test('whether they can be trusted, of those on a page and of those a search finds', async () => {
    const none = '00000000-0000-0000-0000-000000000000';
    const expected = {
      segments: { [none]: expect.objectContaining({ state: 'unsealed' }) },
      counts: { unsealed: 1 },
    };

    expect(await explorer().json(`/api/integrity?ids=${ids.join(',')}`)).toEqual(expected);
    expect(await explorer().json(`/api/integrity?search=actor:alice&${PERIOD}`)).toEqual(expected);
  });

  test('of five hundred records at once', async () => {
    const others = Array.from(
      { length: 498 },
      (_, index) => `0198a0a0-0000-7000-8000-${String(index).padStart(12, '0')}`,
    );
    const path = `/api/integrity?ids=${[ids[0], ...others, ids[1]].join(',')}`;

    expect(path.length).toBeGreaterThan(18_000);
    expect(await explorer().json(path)).toMatchObject({ counts: { unsealed: 1 } });
  });
});

describe('a parameter', () => {
  const ID = '0198a0a0-0000-7000-8000-000000000000';
  test.each([
    ['records?limit=0', 'limit'],
    ['records?limit=501', 'limit'],
    ['records?limit=1e3', 'limit'],
    ['records?limit=-1', 'limit'],
    ['records?from=yesterday', 'from'],
    ['records?to=2026-13-01', 'to'],
    ['records?to=9999-01-01', 'to'],
    ['records?from=1492-01-01', 'from'],
    ['records?after=x', 'after'],
    [`records?after=2026-11-20T12:00:00Z,${ID},1`, 'after'],
    [`records?search=${'x'.repeat(4_001)}`, 'search'],
    ['records?search=a%00b', 'search'],
    ['records?search=a&search=b', 'search'],
    ['records?serach=a', 'serach'],
    ['records?search=nosuchfield:1', 'search'],
    ['records?search=%22open', 'search'],
    ['records?from=2026-11-20T13:00:00Z&to=2026-11-20T12:00:00Z', 'from'],
    ['histogram?buckets=501', 'buckets'],
    ['suggest', 'field'],
    ['suggest?field=nosuchfield', 'search'],
    [`suggest?field=actor&prefix=${'x'.repeat(1_001)}`, 'prefix'],
    ['suggest?field=actor&limit=51', 'limit'],
    ['objects?table=orders', 'id'],
    ['objects?id=1', 'table'],
    [`objects?table=orders&id=${'x'.repeat(1_001)}`, 'id'],
    ['actors', 'id'],
    ['integrity?ids=x', 'ids'],
    [`integrity?ids=${Array.from({ length: 501 }, () => ID).join(',')}`, 'ids'],
    ['export', 'format'],
    ['export?format=xml', 'format'],
    ['live?search=nosuchfield:1', 'search'],
    ['live?after=x', 'after'],
    ['session?a=1', 'a'],
  ])('that cannot be is refused by its name: %s', async (path, parameter) => {
    const { status, text } = await explorer().get(`/api/${path}`);
    const { error } = JSON.parse(text) as { error: { parameter: string; message: string } };

    expect(status, text).toBe(400);
    expect(error.parameter).toBe(parameter);
    expect(error.message.length).toBeLessThan(500);
  });

  test('that is no search says where it went wrong', async () => {
    const { text } = await explorer().get('/api/records?search=actor:alice%20acter:bob');

    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'ERR_AUDIT_SEARCH', position: 12, message: expect.stringContaining('actor') },
    });
  });

  test(
    'that is the longest search is taken by the store, wherever it goes, and a longer one refused',
    { timeout: 180_000 },
    async () => {
      const wordsOf = (count: number): string =>
        Array.from({ length: count }, (_, at) => `-word${at}`).join(' ');
      const longest = [...Array(50).keys()].findLast((count) => isTaken(wordsOf(count))) ?? 0;

      for (const path of ['records?', 'histogram?', 'suggest?field=actor&', 'export?format=csv&']) {
        const get = (count: number) =>
          explorer().get(`/api/${path}search=${encodeURIComponent(wordsOf(count))}&${PERIOD}`);
        expect((await get(longest)).status, path).toBe(200);
        if (!path.startsWith('suggest')) expect((await get(longest + 1)).status, path).toBe(400);
      }
    },
  );

  test('is never SQL, whatever stands in it', async () => {
    const nasty = `\\' OR 1=1 -- {x:String} \`" ; DROP TABLE audit.records`;
    for (const path of [
      `objects?table=${encodeURIComponent(nasty)}&id=${encodeURIComponent(nasty)}`,
      `actors?id=${encodeURIComponent(nasty)}`,
      `suggest?field=actor&prefix=${encodeURIComponent(nasty)}`,
      `records?search=${encodeURIComponent(`actor:"${nasty.replaceAll('"', '').replaceAll('\\', '')}"`)}`,
    ]) {
      const { status, text } = await explorer().get(`/api/${path}`);
      expect(status, text).toBe(200);
      expect(text).not.toContain('alice');
    }
  });

  test.each(['nothing', 'records/', 'records/x/y', '', 'session/x', '__proto__', 'constructor'])(
    'does not matter where there is no such address: /api/%s',
    async (path) => {
      expect((await explorer().get(`/api/${path}`)).status).toBe(404);
    },
  );
});

function isTaken(text: string): boolean {
  try {
    conditionOf({ text, from: FROM, to: TO }, 'audit');
    return true;
  } catch {
    return false;
  }
}

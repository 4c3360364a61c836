import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createIdentityResolver } from '../../src/identity/resolve.ts';
import { NO_TRACE } from '../../src/pipeline/facts.ts';
import type { RequestStart } from '../../src/pipeline/facts.ts';
import { isSqlParserReady, loadSqlParser } from '../../src/sql/analyse.ts';
import { identity } from '../identity/tokens.ts';
import { queryOf, recordingPipeline } from './recorded.ts';

const TIME = { startedAtNanos: 0n, durationMicros: 1, trace: NO_TRACE };

it('a request whose statement waits for the parser is of whom it named before it ended', async () => {
  const { pipeline, records } = recordingPipeline(loadConfig({}, import.meta.dirname));
  const found = createIdentityResolver(identity([]))({ headers: {} });
  const served: { user?: { readonly id: string } } = {};
  found.addCarrier(served);
  const request = {
    id: '00000000-0000-7000-8000-000000000001',
    method: 'POST',
    rawUrl: '/orders',
    headers: {},
    identity: found,
    route: '',
    toldByCode: new Set(),
  } as unknown as RequestStart;

  expect(isSqlParserReady()).toBe(false);
  pipeline.query({ ...queryOf({ text: 'DELETE FROM orders' }, {}), request });
  served.user = { id: 'ada' };
  pipeline.request(request, { ...TIME, status: 200, ending: 'answered', requestSize: 0, responseSize: 0 });
  // As Node.js does with requests of HTTP/2 that are over.
  delete served.user;
  expect(records).toEqual([]);
  await loadSqlParser();
  await expect.poll(() => records.length).toBe(2);
  expect(records.map(({ category, actor_id: actor }) => [category, actor])).toEqual([
    ['db', 'ada'],
    ['http', 'ada'],
  ]);
});

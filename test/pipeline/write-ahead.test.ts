import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { PolicyRule } from '../../src/config/config.ts';
import type { Delivery } from '../../src/delivery/delivery.ts';
import { createGuard } from '../../src/guard.ts';
import { createIdentityResolver } from '../../src/identity/resolve.ts';
import { createLog } from '../../src/log.ts';
import { NO_TRACE } from '../../src/pipeline/facts.ts';
import type { QueryFacts, RequestEnd, RequestStart } from '../../src/pipeline/facts.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import { identity } from '../identity/tokens.ts';
import { loadSqlParser } from '../../src/sql/analyse.ts';

vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);

const RULES: readonly PolicyRule[] = [
  { name: 'payments', level: 'request', match: { table: ['payments'] }, delivery: 'write-ahead' },
  { name: 'pay', level: 'metadata', match: { category: ['http'], path: ['/pay'] }, delivery: 'write-ahead' },
  { name: 'none', level: 'none', match: { path: ['/none'], category: ['http'] } },
  { name: 'rest', level: 'metadata', match: {} },
];

const TIME = { startedAtNanos: 0n, durationMicros: 1, trace: NO_TRACE };
const END: RequestEnd = { ...TIME, status: 200, ending: 'answered', requestSize: 0, responseSize: 0 };

/** What happened, in order; delivery says yes when it is asked. */
function pipelineOf(whenSafe?: () => void) {
  const seen: string[] = [];
  const delivery = {
    append: (record: { category: string; target_id: string; actor_id: string }) =>
      seen.push(`${record.category} ${record.actor_id}`.trim()),
    whenSafe(use: (isSafe: boolean) => void) {
      seen.push('asked');
      whenSafe?.();
      use(true);
    },
    canRecord: () => true,
  } as unknown as Delivery;
  const guard = createGuard(createLog('silent'));
  const config = { ...loadConfig({}, import.meta.dirname), policy: RULES };
  const pipeline = createPipeline(config, delivery, guard);
  const use = (isSafe: boolean): void => void seen.push(isSafe ? 'leaves' : 'refused');
  return { seen, pipeline, use };
}

const identify = createIdentityResolver(identity([]));

function requestTo(rawUrl: string, found = identify({ headers: {} })): RequestStart {
  return {
    id: '00000000-0000-7000-8000-000000000001',
    method: 'POST',
    rawUrl,
    headers: {},
    sourceAddress: '::1',
    sourcePort: 1,
    correlationId: 'c',
    protocol: '1.1',
    identity: found,
    route: '',
    authRoute: undefined,
    toldByCode: new Set(),
    annotations: undefined,
  };
}

function write(request: RequestStart, table: string, order?: number): QueryFacts {
  return {
    ...TIME,
    request,
    system: 'postgresql',
    namespace: 'shop',
    backendPid: 1,
    text: `DELETE FROM ${table}`,
    parameters: [],
    parameterCount: 0,
    results: [{ command: 'DELETE', rowCount: 1, rows: [], fields: [] }],
    connection: undefined,
    order,
  };
}

describe('a response that may have to wait', () => {
  beforeEach(() => loadSqlParser());
  afterEach(() => vi.useRealTimers());

  it('leaves when delivery says that its record is safe', () => {
    const { pipeline, seen, use } = pipelineOf();
    pipeline.request(requestTo('/pay'), END, use);
    expect(seen).toEqual(['http', 'asked', 'leaves']);
  });

  it('leaves at once where its rule does not ask for that', () => {
    const { pipeline, seen, use } = pipelineOf();
    pipeline.request(requestTo('/other'), END, use);
    pipeline.request(requestTo('/none'), END, use);
    expect(seen).toEqual(['http', 'leaves', 'leaves']);
  });

  it('waits for a statement whose rule asks for it, whatever its own rule says', () => {
    const { pipeline, seen, use } = pipelineOf();
    const request = requestTo('/none');
    pipeline.query(write(request, 'payments'));
    pipeline.query(write(request, 'other'));
    pipeline.request(request, END, use);
    expect(seen).toEqual(['db', 'db', 'asked', 'leaves']);
  });

  it('waits for statements that were answered together in its last turn', async () => {
    const { pipeline, seen, use } = pipelineOf();
    const request = requestTo('/pay');
    pipeline.query(write(request, 'other', 1));
    pipeline.request(request, END, use);
    expect(seen).toEqual(['http']);
    await vi.waitFor(() => expect(seen).toEqual(['http', 'db', 'asked', 'leaves']));
  });

  it('waits for the name of its actor, and so do the statements that wait for it', async () => {
    vi.useFakeTimers();
    const found = identify({ headers: {} });
    const never = new Promise<never>(() => {});
    Object.defineProperty(found, 'settled', { get: () => undefined });
    Object.defineProperty(found, 'verification', { get: () => never });
    const { pipeline, seen, use } = pipelineOf();
    const request = requestTo('/pay', found);
    pipeline.query(write(request, 'other'));
    pipeline.request(request, END, use);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual(['db', 'http', 'asked', 'leaves']);
  });

  it('is refused where a record of one of its statements was lost by us', () => {
    const { pipeline, seen, use } = pipelineOf();
    const request = requestTo('/pay');
    pipeline.query({ ...write(request, 'other'), results: undefined as unknown as [] });
    pipeline.request(request, END, use);
    expect(seen).toEqual(['http', 'refused']);
  });

  it('is refused where we fail to make its record, or to ask', () => {
    const failing = pipelineOf(() => {
      throw new Error('a fault of ours');
    });
    failing.pipeline.request(requestTo('/pay'), END, failing.use);
    expect(failing.seen).toEqual(['http', 'asked', 'refused']);
    const { pipeline, seen, use } = pipelineOf();
    pipeline.request({ ...requestTo('/pay'), rawUrl: undefined as unknown as string }, END, use);
    expect(seen).toEqual(['refused']);
  });
});

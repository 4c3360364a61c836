import { describe, expect, it } from 'vitest';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import type { RequestStart } from '../../src/pipeline/facts.ts';
import { createRedaction } from '../../src/pipeline/redaction.ts';
import { fillCause, fillLateRoute } from '../../src/pipeline/request-record.ts';
import { createRedactor } from '../../src/record/redaction/redact.ts';

const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });
const redact = createRedaction(createRedactor([]));

function caused(request: Partial<RequestStart>, later?: Partial<RequestStart>) {
  const start = { method: 'GET', rawUrl: '/reset/LEAK?a=1', headers: {}, route: '', ...request };
  const draft = blank();
  fillCause(draft, start as RequestStart);
  expect(draft.url_path).toBe('/reset/LEAK');
  if (later !== undefined) fillLateRoute(draft, { ...start, ...later } as RequestStart);
  redact(draft, 'metadata');
  return { http_route: draft.http_route, url_path: draft.url_path };
}

describe('the path of a record that is made before its request is routed', () => {
  it('is left out where a route may still come', () => {
    expect(caused({ awaitsRoute: true })).toEqual({ http_route: '', url_path: '' });
  });

  it('is there without its secret where the route came in time', () => {
    const expected = { http_route: '/reset/:token', url_path: '/reset/[redacted]' };
    expect(caused({ awaitsRoute: true }, { route: '/reset/:token' })).toEqual(expected);
    expect(caused({ awaitsRoute: true, routeSoFar: () => '/reset/:token' })).toEqual(expected);
  });

  it('stays where no framework has routes', () => {
    expect(caused({})).toEqual({ http_route: '', url_path: '/reset/LEAK' });
  });
});

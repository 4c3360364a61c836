import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRegisterReader } from '../../search/register-reader.js';
import { ANSWERS } from './answers.js';
import type { Answer } from './answers.js';
import { DeliveryWatch } from './delivery-state.js';
import { answerDownload } from './download.js';
import type { ApiOptions, ApiPlace, Exchange } from './exchange.js';
import { failureOf } from './failure.js';
import type { Failure } from './failure.js';
import { answerLive } from './live-answer.js';
import { LivePlaces } from './live-places.js';
import { Parameters } from './parameters.js';
import { Refusal } from '../refusal.js';
import { Turnstile } from './turnstile.js';

export interface Api {
  /** @throws what has to be described, as long as the answer has not begun. */
  readonly answer: (target: ApiTarget, request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly describe: (error: unknown) => Failure;
}

interface ApiTarget {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Together below the ten connections that the client of the store makes. */
const MOST_QUERIES = 6;
const MOST_DOWNLOADS = 2;
const MOST_WAITING = 60;
const MOST_STREAMS = 20;

export function createApi(options: ApiOptions): Api {
  const { client, store } = options;
  const describe = (error: unknown): Failure => failureOf(error, store, options.report);
  const place: ApiPlace = {
    ...options,
    describe,
    reader: createRegisterReader(client, store.database),
    watch: new DeliveryWatch(client, store.database),
    places: new LivePlaces(),
    queries: new Turnstile({ most: MOST_QUERIES, mostWaiting: MOST_WAITING, refuse: tooManyQueries }),
    downloads: new Turnstile({ most: MOST_DOWNLOADS, mostWaiting: 0, refuse: tooManyDownloads }),
    streams: new Turnstile({ most: MOST_STREAMS, mostWaiting: 0, refuse: tooManyStreams }),
  };
  return {
    describe,
    answer: async ({ path, query }, request, response) => {
      const exchange: Exchange = { query, request, response, signal: goneSignal(response) };
      if (path === '/api/live') await answerLive(place, exchange);
      else if (path === '/api/export') await answerDownload(place, exchange);
      else await answerJson(place, path, exchange);
    },
  };
}

async function answerJson(place: ApiPlace, path: string, exchange: Exchange): Promise<void> {
  const { query, response, signal } = exchange;
  const [answer, rest] = answerAt(path);
  const parameters = new Parameters(query, answer.parameters);
  // NOTE: the turn lasts until the answer is taken: answers that nobody reads would fill the memory.
  await place.queries.pass(signal, async () => {
    sendJson(response, await answer.answer({ ...place, parameters, rest, signal }));
    await aborted(signal);
  });
}

function sendJson(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function answerAt(path: string): [answer: Answer, rest: string] {
  const exact = Object.hasOwn(ANSWERS, path) ? ANSWERS[path] : undefined;
  if (exact !== undefined && !path.endsWith('/')) return [exact, ''];
  const [, parent = '', rest = ''] = /^(\/api\/\w+\/)([^/]+)$/.exec(path) ?? [];
  const answer = Object.hasOwn(ANSWERS, parent) ? ANSWERS[parent] : undefined;
  if (answer !== undefined) return [answer, rest];
  throw new Refusal(404, 'ERR_AUDIT_EXPLORER_NOT_FOUND', 'The explorer has no such address.', {
    mend: 'docs/explorer.md lists them.',
  });
}

/** NOTE: `close` also comes after an answer that was sent whole. And when the explorer ends. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort(new Error('The browser is gone.')));
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function tooManyQueries(): Refusal {
  return new Refusal(503, 'ERR_AUDIT_EXPLORER_BUSY', 'The explorer has too many questions waiting.', {
    mend: 'Try again in a moment; a shorter period makes each of them faster.',
    headers: { 'Retry-After': '2' },
  });
}

function tooManyDownloads(): Refusal {
  return new Refusal(503, 'ERR_AUDIT_EXPLORER_BUSY', `${MOST_DOWNLOADS} exports are under way already.`, {
    mend: 'Wait for one to end, or use `audit-register export`.',
    headers: { 'Retry-After': '30' },
  });
}

function tooManyStreams(): Refusal {
  return new Refusal(429, 'ERR_AUDIT_EXPLORER_BUSY', `${MOST_STREAMS} pages are shown live already.`, {
    mend: 'Close one of them, or switch its live view off.',
    headers: { 'Retry-After': '30' },
  });
}

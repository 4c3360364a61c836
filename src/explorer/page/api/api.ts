import { ApiError, isAbort } from './api-error.js';
import type {
  ActorSummary,
  Histogram,
  IntegrityAnswer,
  ObjectAnswer,
  RecordAnswer,
  RecordsAnswer,
  Session,
  Suggestion,
} from './answers.js';

/** A search as it is asked: the period resolved to instants. */
export interface Asked {
  readonly search: string;
  readonly from: string;
  readonly to: string;
}

type Parameters = Readonly<Record<string, string | number | undefined>>;

export const api = {
  session: (signal?: AbortSignal) => get<Session>('/api/session', {}, signal),
  records: (asked: Asked, limit: number, after: string | undefined, signal?: AbortSignal) =>
    get<RecordsAnswer>('/api/records', { ...asked, limit, after }, signal),
  histogram: (asked: Asked, buckets: number, signal?: AbortSignal) =>
    get<Histogram>('/api/histogram', { ...asked, buckets }, signal),
  suggest: (field: string, prefix: string, asked: Asked, signal?: AbortSignal) =>
    get<{ values: readonly Suggestion[] }>('/api/suggest', { field, prefix, ...asked }, signal),
  record: (id: string, signal?: AbortSignal) =>
    get<RecordAnswer>(`/api/records/${encodeURIComponent(id)}`, {}, signal),
  object: (row: { table: string; id: string }, asked: Asked, after?: string, signal?: AbortSignal) =>
    get<ObjectAnswer>('/api/objects', { ...row, from: asked.from, to: asked.to, after }, signal),
  actor: (id: string, asked: Asked, signal?: AbortSignal) =>
    get<ActorSummary>('/api/actors', { id, from: asked.from, to: asked.to }, signal),
  integrity: (ids: readonly string[], asked: Asked, signal?: AbortSignal) =>
    get<IntegrityAnswer>('/api/integrity', { ...asked, ids: ids.join(',') }, signal),
};

export function addressOf(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function get<Answer>(path: string, parameters: Parameters, signal?: AbortSignal): Promise<Answer> {
  const response = await reach(addressOf(path, parameters), signal);
  const body = await readBody(response, signal);
  if (response.ok) return body as Answer;
  const { error = {} } = body as { error?: Partial<ApiError> };
  throw new ApiError(error.code ?? `HTTP ${response.status}`, error.message ?? response.statusText, {
    ...(error.mend === undefined ? {} : { mend: error.mend }),
    ...(error.position === undefined ? {} : { position: error.position }),
    status: response.status,
  });
}

async function reach(address: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, { headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError('UNREACHABLE', 'The explorer’s own server does not answer.', {
      mend: 'Is it still running? Start it again with `audit-register explore` or `audit-register dev`.',
    });
  }
}

async function readBody(response: Response, signal?: AbortSignal): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (isAbort(error) || signal?.aborted) throw error;
    throw new ApiError(
      'BAD_ANSWER',
      `The server’s answer was cut short or is no JSON (HTTP ${response.status}).`,
    );
  }
}

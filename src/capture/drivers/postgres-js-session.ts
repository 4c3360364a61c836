import { dataOf } from '../../pipeline/values/plain-data.js';
import type { Pipeline } from '../../pipeline/pipeline.js';

/** One session of a connection of postgres.js, which keeps its object when it connects anew. */
export interface Session {
  readonly pid: number;
}

/** Where the queries of a pool go. */
interface Place {
  readonly database?: string;
  /** Host and port; the first of several, of which nobody says which one it is. */
  readonly server?: string;
}

const places = new WeakMap<object, Place>();
const OPTIONS = Symbol('audit-register.options');

/** @param options What postgres.js has made of what the pool was given. */
export function noteOptions(query: unknown, options: unknown): void {
  const isNoted = typeof query !== 'object' || query === null || Object.hasOwn(query, OPTIONS);
  if (isNoted || typeof options !== 'object' || options === null) return;
  Object.defineProperty(query, OPTIONS, { value: options });
}

export function placeOf(query: object): Place {
  const options = (query as { [OPTIONS]?: object })[OPTIONS];
  if (options === undefined) return {};
  const known = places.get(options) ?? readPlace(options);
  places.set(options, known);
  return known;
}

function readPlace(options: object): Place {
  const database = dataOf(options, 'database');
  const host = dataOf(dataOf(options, 'host'), 0);
  const port = dataOf(dataOf(options, 'port'), 0);
  return {
    ...(typeof database === 'string' ? { database } : {}),
    server: `${String(host ?? '')}:${String(port ?? '')}`,
  };
}

const sessions = new WeakMap<object, Session>();

/**
 * The session that a query was sent in; undefined for one that was never sent.
 *
 * NOTE: a connection that has another backend has lost the transaction of the one before.
 */
export function sessionOf(
  backend: { readonly pid: number | null } | null | undefined,
  pipeline: Pipeline,
): Session | undefined {
  if (backend === null || backend === undefined) return undefined;
  const known = sessions.get(backend);
  const pid = backend.pid ?? 0;
  if (known?.pid === pid) return known;
  const session: Session = { pid };
  sessions.set(backend, session);
  if (known !== undefined) pipeline.connectionLost(known);
  return session;
}

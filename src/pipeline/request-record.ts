import { actionOfMethod } from '../record/http-action.js';
import type { RequestEnd, RequestStart } from './facts.js';
import type { Draft } from './blank-record.js';
import { AWAITS_ROUTE } from './draft-notes.js';

type Values = Readonly<Record<string, string>>;

const PROTOCOL = 'network.protocol.version';
/** What nearly all requests have, and nothing else: the same object, so that it is looked at once. */
const OF_PROTOCOL: ReadonlyMap<string, Values> = new Map(
  ['1.0', '1.1', '2.0'].map((version) => [version, Object.freeze({ [PROTOCOL]: version })]),
);

/** Fills a record from a request that has ended. */
export function fillRequest(draft: Draft, start: RequestStart, end: RequestEnd): void {
  const [path, query] = splitUrl(start.rawUrl);
  draft.category = 'http';
  draft.action = actionOfMethod(start.method);
  draft.outcome = outcomeOf(end, start);
  draft.severity = severityOf(end, draft.outcome);
  draft.http_method = start.method;
  draft.url_path = path;
  draft.url_query = query;
  draft.http_route = start.route;
  draft.http_status = end.status;
  draft.target_type = 'route';
  draft.target_id = start.route === '' ? path : start.route;
  draft.request_size = end.requestSize;
  draft.response_size = end.responseSize;
  const error = end.error ?? start.operations?.failure?.error;
  if (error !== undefined) {
    draft.error_type = error.type;
    draft.error_message = error.message;
  }
  draft.attributes = attributesOf(start, end);
}

function attributesOf({ protocol, operations }: RequestStart, { attributes }: RequestEnd): Values {
  const ofProtocol = OF_PROTOCOL.get(protocol) ?? { [PROTOCOL]: protocol };
  if (operations === undefined && attributes === undefined) return ofProtocol;
  return { ...ofProtocol, ...operations?.attributes, ...attributes };
}

/** The request that caused what a record is about. */
export function fillCause(draft: Draft, start: RequestStart): void {
  fillSource(draft, start);
  draft.http_method = start.method;
  draft.url_path = splitUrl(start.rawUrl)[0];
  fillRoute(draft, start);
}

function fillRoute(draft: Draft, start: RequestStart): void {
  draft.http_route = start.routeSoFar?.() ?? start.route;
  // NOTE: for its redaction; the policy goes by the path all the same.
  draft[AWAITS_ROUTE] = draft.http_route === '' && start.awaitsRoute === true;
}

/** Asks once more for a route that was not known when the record began. */
export function fillLateRoute(draft: Draft, start: RequestStart): void {
  if (isUnrouted(draft)) fillRoute(draft, start);
}

/** Whether only a later route will say which pieces of the path are secret. */
export function isUnrouted(draft: Draft): boolean {
  return draft[AWAITS_ROUTE];
}

/** Where a record came from: the client of the request that caused it. */
export function fillSource(draft: Draft, start: RequestStart): void {
  draft.request_id = start.id;
  draft.source_address = start.sourceAddress;
  draft.source_port = start.sourcePort;
  draft.user_agent = start.headers['user-agent'] ?? '';
  draft.correlation_id = start.correlationId;
}

/** NOTE: not through URL, which would tidy up `//admin` and `/public/../admin`. */
function splitUrl(rawUrl: string): [path: string, query: string] {
  const at = rawUrl.indexOf('?');
  return at === -1 ? [rawUrl, ''] : [rawUrl.slice(0, at), rawUrl.slice(at + 1)];
}

/** A request without a whole answer is never a success, nor one whose operation failed, whatever status was on its way. */
function outcomeOf({ ending, status }: RequestEnd, { operations }: RequestStart): string {
  if (ending === 'failed') return 'failure';
  if (status === 401 || status === 403 || status === 407) return 'denied';
  if (status >= 400 || ending === 'aborted') return 'failure';
  if (operations?.failure !== undefined) return operations.failure.outcome;
  return ending === 'answered' ? 'success' : 'unknown';
}

function severityOf({ status }: RequestEnd, outcome: string): string {
  if (status >= 500) return 'error';
  return outcome === 'success' ? 'info' : 'warning';
}

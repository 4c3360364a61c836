import type { RequestScope } from './request-scope.js';

/** What closes a request that is being served. */
export interface OpenRequest {
  /** Reports the request as it is by then. Must not throw. */
  report(): void;
}

/** A request among those that are being served, in the order in which they began. */
export interface OpenPlace {
  open: OpenRequest | undefined;
  before: RequestScope | undefined;
  after: RequestScope | undefined;
}

// NOTE: a list through the scopes themselves, because a map would hash every request.
let first: RequestScope | undefined;
let last: RequestScope | undefined;

export function openRequest(scope: RequestScope, request: OpenRequest): void {
  if (scope.open !== undefined) return;
  scope.open = request;
  scope.before = last;
  if (last === undefined) first = scope;
  else last.after = scope;
  last = scope;
}

/** NOTE: leaves nothing in the scope, which a timer of the application may keep for as long as the process lives. */
export function forgetOpenRequest(scope: RequestScope): void {
  if (scope.open === undefined) return;
  const { before, after } = scope;
  if (before === undefined) first = after;
  else before.after = after;
  if (after === undefined) last = before;
  else after.before = before;
  scope.open = scope.before = scope.after = undefined;
}

/** What is being served now, as a copy: whoever closes a request takes it out. */
export function openRequests(): readonly RequestScope[] {
  const scopes: RequestScope[] = [];
  for (let scope = first; scope !== undefined; scope = scope.after) scopes.push(scope);
  return scopes;
}

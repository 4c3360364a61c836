import { fillUser } from './event.js';
import type { Event, FillAddress } from './event.js';
import { withoutBytesPrefix } from './python-text.js';

/** NOTE: as for requests the preload sees, so that old and new answer the same questions. */
const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  QUERY: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** easy-audit writes its row before the request is served, so how that ended is not known. */
export function fillRequestEvent(event: Event, fillAddress: FillAddress): void {
  const { draft, text } = event;
  draft.category = 'http';
  draft.action = ACTIONS[text('method')] ?? 'other';
  draft.http_method = text('method');
  draft.url_path = text('url');
  draft.url_query = withoutBytesPrefix(text('query_string'));
  draft.target_type = 'route';
  draft.target_id = draft.url_path;
  fillUser(event);
  fillAddress(event);
}

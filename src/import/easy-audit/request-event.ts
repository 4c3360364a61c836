import { actionOfMethod } from '../../record/http-action.js';
import { fillUser } from './event.js';
import type { Event, FillAddress } from './event.js';
import { withoutBytesPrefix } from './python-text.js';

/** easy-audit writes its row before the request is served, so how that ended is not known. */
export function fillRequestEvent(event: Event, fillAddress: FillAddress): void {
  const { draft, text } = event;
  draft.category = 'http';
  draft.action = actionOfMethod(text('method'));
  draft.http_method = text('method');
  draft.url_path = text('url');
  draft.url_query = withoutBytesPrefix(text('query_string'));
  draft.target_type = 'route';
  draft.target_id = draft.url_path;
  fillUser(event);
  fillAddress(event);
}

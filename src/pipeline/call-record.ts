import { withoutWebhookSecrets } from '../record/redaction/redact-webhooks.js';
import type { Draft } from './blank-record.js';
import type { CallFacts, CallTarget, ErrorFacts } from './facts.js';

/** Errors before anything was sent. Any other leaves open what the other side has done. */
const UNSENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_\w+)$/;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Fills a record from a request that the application has made to another. */
export function fillCall(draft: Draft, { target, status, error }: CallFacts): void {
  const [path, query] = splitPath(target.url);
  draft.category = 'call';
  draft.action = 'call';
  draft.outcome = outcomeOf(status, error);
  draft.severity = severityOf(status, draft.outcome);
  draft.http_method = target.method;
  draft.url_path = withoutWebhookSecrets(path);
  draft.url_query = query;
  draft.http_status = status;
  draft.target_type = 'host';
  draft.target_id = authorityOf(target);
  draft.attributes = { 'url.scheme': target.scheme, 'audit.call.client': target.client };
  if (error === undefined) return;
  draft.error_type = error.type;
  draft.error_message = error.message;
}

/** NOTE: a request through a proxy has the whole address for its path. */
function splitPath(url: string): readonly [path: string, query: string] {
  const own = url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
  const at = own.indexOf('?');
  return at === -1 ? [own, ''] : [own.slice(0, at), own.slice(at + 1)];
}

function authorityOf({ scheme, host, port }: CallTarget): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 0 || DEFAULT_PORTS[scheme] === port ? name : `${name}:${port}`;
}

function outcomeOf(status: number, error: ErrorFacts | undefined): string {
  if (status === 401 || status === 403 || status === 407) return 'denied';
  if (status >= 400) return 'failure';
  if (status > 0) return 'success';
  return error !== undefined && UNSENT.test(error.type) ? 'failure' : 'unknown';
}

function severityOf(status: number, outcome: string): string {
  if (status >= 500) return 'error';
  return outcome === 'success' ? 'info' : 'warning';
}

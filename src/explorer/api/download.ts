import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportRecords } from '../../export/stream.js';
import { epochMillis } from '../../timers.js';
import type { ApiPlace, Exchange } from './exchange.js';
import { writePaced } from './paced-write.js';
import { Parameters } from './parameters.js';
import { Refusal } from '../refusal.js';

const TYPES = { csv: 'text/csv; charset=utf-8; header=present', jsonl: 'application/x-ndjson' } as const;
type Format = keyof typeof TYPES;

const FORMATS = Object.keys(TYPES) as Format[];
/** As long as a browser's download may be paused. */
const STALL_MILLIS = 600_000;

/**
 * `GET /api/export`. A failure before the first bytes is said; after that it can only be thrown, upon which the connection is
 * broken: the last, empty chunk is missing, and no browser takes it for a whole file.
 */
export async function answerDownload(
  { client, downloads, store }: ApiPlace,
  { query, request, response, signal }: Exchange,
): Promise<void> {
  refuseOldHttp(request);
  const parameters = new Parameters(query, ['format', 'search', 'from', 'to']);
  const format = parameters.choice('format', FORMATS);
  const { search } = parameters;
  await downloads.pass(signal, async () => {
    const pieces = exportRecords(client, store.database, search, format, signal);
    try {
      const first = await pieces.next();
      begin(response, format);
      const pace = { signal, stallMillis: STALL_MILLIS };
      if (first.done !== true) await writePaced(response, first.value, pace);
      for await (const piece of pieces) await writePaced(response, piece, pace);
      signal.throwIfAborted();
      response.end();
    } finally {
      await pieces.return(undefined);
    }
  });
}

/** Without chunks a file that broke off looks whole. */
function refuseOldHttp({ httpVersion }: IncomingMessage): void {
  if (httpVersion !== '1.0') return;
  throw new Refusal(505, 'ERR_AUDIT_EXPLORER_HTTP_VERSION', 'An export needs HTTP/1.1.', {
    mend: 'In nginx: `proxy_http_version 1.1;`.',
  });
}

function begin(response: ServerResponse, format: Format): void {
  const time = new Date(epochMillis()).toISOString().slice(0, 19).replaceAll(':', '');
  response.setTimeout(STALL_MILLIS);
  response.writeHead(200, {
    'Content-Type': TYPES[format],
    'Content-Disposition': `attachment; filename="audit-${time}Z.${format}"`,
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
}

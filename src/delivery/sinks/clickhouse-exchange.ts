import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { clientLibrary } from '../../store/client-library.js';
import type { ClickHouseClient } from '../../store/client.js';
import { AnswerError, BusyError } from './clickhouse-errors.js';
import { retryAfterMillis } from './retry-after.js';
import { timeoutSignal } from '../../timers.js';

export interface Exchange {
  /** With its format. */
  readonly query: string;
  readonly params?: Record<string, unknown>;
  readonly settings?: Record<string, string | number>;
  readonly body?: readonly Buffer[];
}

/** Only ClickHouse answers with it: a proxy's friendly page must not pass for a stored segment. */
const SIGN_OF_CLICKHOUSE = 'x-clickhouse-query-id';
const TOO_BUSY = new Set([429, 503]);
/** Above the sequences of a whole segment, of which each has at most 20 digits. */
const MOST_ANSWER_BYTES = 1024 * 1024;

/**
 * Asks the server once and reads its answer.
 *
 * @param timeoutMillis For all of it: an answer that comes drop by drop never falls silent.
 * @throws ClickHouseError, AnswerError, BusyError, and what the connection throws.
 */
export async function exchange(
  client: ClickHouseClient,
  asked: Exchange,
  timeoutMillis: number,
): Promise<string> {
  const deadline = timeoutSignal(timeoutMillis);
  try {
    return await exchangeBefore(client, asked, deadline);
  } catch (error) {
    throw deadline.aborted ? new Error('Timeout error.', { cause: error }) : error;
  }
}

async function exchangeBefore(
  client: ClickHouseClient,
  { query, params, settings, body }: Exchange,
  deadline: AbortSignal,
): Promise<string> {
  const { response_headers, http_status_code, stream } = await client.exec({
    query,
    ...(params !== undefined && { query_params: params }),
    ...(settings !== undefined && { clickhouse_settings: settings }),
    ...(body !== undefined && { values: Readable.from(body, { objectMode: false }) }),
    abort_signal: deadline,
    ignore_error_response: true,
  });
  const text = await readText(stream, deadline);
  judge(http_status_code ?? 0, response_headers ?? {}, text);
  return text;
}

/** NOTE: to its end even where it is not wanted: an undrained answer keeps its connection. */
async function readText(stream: Readable, deadline: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  stream.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length > MOST_ANSWER_BYTES) stream.destroy(new Error('the answer is longer than any of ClickHouse'));
    else pieces.push(piece);
  });
  try {
    await finished(stream, { signal: deadline });
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return Buffer.concat(pieces).toString().trim();
}

function judge(status: number, headers: IncomingHttpHeaders, text: string): void {
  const isGood = status >= 200 && status < 300 && headers['x-clickhouse-exception-code'] === undefined;
  if (isGood && headers[SIGN_OF_CLICKHOUSE] === undefined) throw new Error('what answers is not ClickHouse');
  if (isGood) return;
  const parsed = clientLibrary().parseError(text);
  const error = 'code' in parsed ? parsed : new AnswerError(status, text);
  if (TOO_BUSY.has(status)) throw new BusyError(error, retryAfterMillis(headers['retry-after']));
  throw error;
}

import { messageOf } from '../../errors.js';
import { findServerError, MigrationError } from '../../store/errors.js';
import type { SinkResult } from './sink.js';

/**
 * Server errors that speak of the bytes: sending them again cannot help. Everything else may be mended outside
 * (a grant, a disk, a missing table), so it is tried again.
 * Source: ClickHouse, src/Common/ErrorCodes.cpp.
 */
const CONTENT_ERRORS = new Set([
  '6', // CANNOT_PARSE_TEXT
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '33', // CANNOT_READ_ALL_DATA
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '53', // TYPE_MISMATCH
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '128', // TOO_LARGE_ARRAY_SIZE
  '131', // TOO_LARGE_STRING_SIZE
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '395', // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, of a view behind the table
  '432', // UNKNOWN_CODEC
  '469', // VIOLATED_CONSTRAINT
]);

/** What an operator can do about the usual refusals. */
const MENDS: Readonly<Record<string, string>> = {
  '16': 'run `audit-register migrate`',
  '60': 'run `audit-register migrate`',
  '81': 'run `audit-register migrate`, or set AUDIT_REGISTER_CLICKHOUSE_DATABASE',
  '192': 'set AUDIT_REGISTER_CLICKHOUSE_USER and AUDIT_REGISTER_CLICKHOUSE_PASSWORD',
  '193': 'set AUDIT_REGISTER_CLICKHOUSE_PASSWORD',
  '497': 'grant INSERT on the table to AUDIT_REGISTER_CLICKHOUSE_USER',
  '516': 'set AUDIT_REGISTER_CLICKHOUSE_USER and AUDIT_REGISTER_CLICKHOUSE_PASSWORD',
};

export const ACCESS_DENIED = '497';
const PAYLOAD_TOO_LARGE = 413;
const MOST_REASON_CHARACTERS = 300;

/** An answer that is no success, and not in the words of ClickHouse: something stands between. */
export class AnswerError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(`HTTP ${status}${text === '' ? '' : `: ${text}`}`);
    this.name = 'AnswerError';
    this.status = status;
  }
}

/** Not now, but later: 429 and 503, whoever says so. */
export class BusyError extends Error {
  readonly retryAfterMillis: number | undefined;

  constructor(cause: Error, retryAfterMillis: number | undefined) {
    super(messageOf(cause), { cause });
    this.name = 'BusyError';
    this.retryAfterMillis = retryAfterMillis;
  }
}

/** The code of the server's error, wherever in the chain of causes it is. */
export function codeOf(error: unknown): string | undefined {
  return findServerError(error)?.code;
}

/** What an error means for what was sent. */
export function explain(error: unknown): SinkResult {
  const code = codeOf(error);
  const message = messageOf(error).slice(0, MOST_REASON_CHARACTERS);
  if (error instanceof BusyError)
    return busy(error, code === undefined ? message : `code ${code}: ${message}`);
  if (error instanceof AnswerError && error.status === PAYLOAD_TOO_LARGE) {
    return { status: 'refused', reason: `${message} (raise the limit of what stands before ClickHouse)` };
  }
  if (code === undefined) return { status: 'retry', reason: `${message} (${mendOfConnection(error)})` };
  // NOTE: tables that cannot be brought up to date are no fault of the records.
  if (CONTENT_ERRORS.has(code) && !(error instanceof MigrationError))
    return { status: 'refused', reason: `code ${code}: ${message}` };
  const mend = MENDS[code];
  return { status: 'retry', reason: `code ${code}: ${message}${mend === undefined ? '' : ` (${mend})`}` };
}

function busy({ retryAfterMillis }: BusyError, message: string): SinkResult {
  const reason = `${message} (ClickHouse, or what stands before it, is too busy)`;
  return { status: 'retry', reason, ...(retryAfterMillis !== undefined && { retryAfterMillis }) };
}

/** What an operator can do where no ClickHouse has answered. */
function mendOfConnection(error: unknown): string {
  const message = messageOf(error);
  if (/Timeout error/.test(message))
    return 'check AUDIT_REGISTER_CLICKHOUSE_URL, or raise AUDIT_REGISTER_CLICKHOUSE_TIMEOUT_MS';
  if (/certificate|altname/i.test(message))
    return 'name its authority in NODE_EXTRA_CA_CERTS, or correct AUDIT_REGISTER_CLICKHOUSE_URL';
  return 'check AUDIT_REGISTER_CLICKHOUSE_URL';
}

import type { ServerResponse } from 'node:http';
import type { ClickHouseConfig } from '../../config/config.js';
import { AuditRegisterError } from '../../errors.js';
import { SearchError } from '../../search/errors.js';
import { describeStoreError, findServerError, StoreError } from '../../store/errors.js';
import { Refusal } from '../refusal.js';
import type { RefusalCode } from '../refusal.js';

/** What went wrong, as the page is told. */
export interface Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly mend?: string | undefined;
    readonly [detail: string]: string | number | undefined;
  };
}

interface KnownAnswer {
  readonly status: number;
  readonly code: RefusalCode;
  readonly message: string;
  readonly mend: string;
}

const TOO_LONG: KnownAnswer = {
  status: 504,
  code: 'ERR_AUDIT_EXPLORER_SLOW',
  message: 'ClickHouse needed too long for this and was stopped.',
  mend: 'Choose a shorter period, or search by something more exact.',
};
const TOO_MUCH: KnownAnswer = {
  ...TOO_LONG,
  message: 'This needs more memory than ClickHouse may use for it.',
};
const TOO_MANY: KnownAnswer = {
  status: 503,
  code: 'ERR_AUDIT_EXPLORER_BUSY',
  message: 'ClickHouse has too many queries under way.',
  mend: 'Try again in a moment.',
};

const NO_TABLES: KnownAnswer = {
  status: 502,
  code: 'ERR_AUDIT_EXPLORER_TABLES',
  message: 'The database has no tables of this version.',
  mend: 'Make them by `audit-register migrate`, or name the right one: AUDIT_REGISTER_CLICKHOUSE_DATABASE, --database.',
};

/** Answers of the server that are no fault of a setting. Source: ClickHouse, src/Common/ErrorCodes.cpp. */
const KNOWN_ANSWERS: Readonly<Record<string, KnownAnswer>> = {
  60: NO_TABLES,
  81: NO_TABLES,
  159: TOO_LONG,
  160: TOO_LONG,
  202: TOO_MANY,
  209: TOO_LONG,
  241: TOO_MUCH,
};
const TIME_OUT = /timeout error/i;

/** Never with a password: addresses of the store have none in them by now. */
export function failureOf(
  error: unknown,
  store: Pick<ClickHouseConfig, 'url' | 'username'>,
  report: (defect: string) => void,
): Failure {
  if (error instanceof Refusal) return ofRefusal(error);
  if (error instanceof SearchError) return ofSearch(error);
  const known = knownAnswerTo(error);
  if (known !== undefined) return ofRefusal(new Refusal(known.status, known.code, known.message, known));
  if (error instanceof AuditRegisterError && !(error instanceof StoreError)) return failure(500, error);
  if (isDefect(error)) return ofDefect(error, report);
  return failure(502, describeStoreError(error, store));
}

export function sendFailure(response: ServerResponse, { status, headers, error }: Failure): void {
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify({ error }));
}

function ofRefusal({ status, code, message, mend, headers, details }: Refusal): Failure {
  return { status, headers, error: { code, message, mend, ...details } };
}

function ofSearch({ code, message, position }: SearchError): Failure {
  return { status: 400, headers: {}, error: { code, message, position, parameter: 'search' } };
}

function ofDefect(error: Error, report: (defect: string) => void): Failure {
  report(error.stack ?? error.message);
  return ofRefusal(
    new Refusal(500, 'ERR_AUDIT_EXPLORER_DEFECT', 'The explorer has a defect.', {
      mend: 'What happened stands in the output of the command; please report it.',
    }),
  );
}

function knownAnswerTo(error: unknown): KnownAnswer | undefined {
  const code = findServerError(error)?.code;
  if (code !== undefined) return KNOWN_ANSWERS[code];
  return error instanceof Error && TIME_OUT.test(error.message) ? TOO_LONG : undefined;
}

/** NOTE: what the store's client throws is never one of these: they are defects of ours. */
const DEFECTS = [TypeError, RangeError, ReferenceError];

function isDefect(error: unknown): error is Error {
  return DEFECTS.some((kind) => error instanceof kind) && findServerError(error) === undefined;
}

function failure(status: number, { code, message }: AuditRegisterError): Failure {
  return { status, headers: {}, error: { code, message } };
}

import type { ClickHouseError } from '@clickhouse/client';
import type { ClickHouseConfig } from '../config/config.js';
import { AuditRegisterError, messageOf } from '../errors.js';
import { clientLibrary } from './client-library.js';

export type StoreErrorCode =
  | 'ERR_AUDIT_STORE_UNREACHABLE'
  | 'ERR_AUDIT_STORE_CREDENTIALS'
  | 'ERR_AUDIT_STORE_DENIED'
  | 'ERR_AUDIT_STORE_REFUSED';

/** The store cannot be reached, or does not do what it was asked. */
export class StoreError extends AuditRegisterError {
  declare readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = 'StoreError';
  }
}

/** The tables cannot be brought to the state this version needs. */
export class MigrationError extends AuditRegisterError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_AUDIT_MIGRATION', message, options);
    this.name = 'MigrationError';
  }
}

/** A later version of this package has brought the tables further than this one knows: it adds only, so that this one may go on writing. */
export class NewerDatabaseError extends MigrationError {
  constructor(message: string) {
    super(message);
    this.name = 'NewerDatabaseError';
  }
}

/** Source: ClickHouse, src/Common/ErrorCodes.cpp. */
const CREDENTIAL_CODES = new Set(['192', '193', '194', '516']);
const DENIED_CODES = new Set(['164', '497']);
const MAX_ANSWER_CHARACTERS = 300;
/** A server is not trusted: what it answers comes to stand in logs, which are read at a terminal. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** Says in one line what is wrong between us and the store, and which setting mends it. */
export function describeStoreError(
  error: unknown,
  store: Pick<ClickHouseConfig, 'url' | 'username'>,
): AuditRegisterError {
  if (error instanceof StoreError || (error instanceof MigrationError && !(error.cause instanceof Error)))
    return error;
  const cause = { cause: error };
  const server = findServerError(error);
  if (server === undefined && rootOf(error) instanceof SyntaxError) return describeBadAnswer(error, store);
  if (server === undefined) return describeTransportError(error, store);
  if (CREDENTIAL_CODES.has(server.code)) {
    return new StoreError(
      'ERR_AUDIT_STORE_CREDENTIALS',
      `ClickHouse at ${store.url} does not take user "${store.username}" with this password; set AUDIT_REGISTER_CLICKHOUSE_USER and AUDIT_REGISTER_CLICKHOUSE_PASSWORD.`,
      cause,
    );
  }
  if (DENIED_CODES.has(server.code)) {
    return new StoreError(
      'ERR_AUDIT_STORE_DENIED',
      `User "${store.username}" may not do this on ClickHouse at ${store.url}: ${oneLine(server.message)}. Set AUDIT_REGISTER_CLICKHOUSE_USER to a user who may.`,
      cause,
    );
  }
  const what = error === server ? oneLine(server.message) : oneLine(messageOf(error));
  return new StoreError('ERR_AUDIT_STORE_REFUSED', `ClickHouse at ${store.url} refused: ${what}`, cause);
}

/** Source: ClickHouse, src/Common/ErrorCodes.cpp: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
const NO_TABLE_CODES = new Set(['60', '81']);

/** Of a question about tables that are not there, what makes them; undefined of any other error. */
export function describeMissingTables(error: unknown, database: string): StoreError | undefined {
  if (!NO_TABLE_CODES.has(findServerError(error)?.code ?? '')) return undefined;
  return new StoreError(
    'ERR_AUDIT_STORE_REFUSED',
    `Database ${database} has no tables of this version: run \`audit-register migrate\`, or set AUDIT_REGISTER_CLICKHOUSE_DATABASE.`,
    { cause: error },
  );
}

/** No JSON where JSON was asked for, no number where there should be one. */
function describeBadAnswer(error: unknown, store: Pick<ClickHouseConfig, 'url'>): StoreError {
  return new StoreError(
    'ERR_AUDIT_STORE_REFUSED',
    `The answer of ${store.url} was not understood (${oneLine(messageOf(rootOf(error)))}): is AUDIT_REGISTER_CLICKHOUSE_URL the HTTP address of a ClickHouse?`,
    { cause: error },
  );
}

function describeTransportError(error: unknown, store: Pick<ClickHouseConfig, 'url'>): StoreError {
  return new StoreError(
    'ERR_AUDIT_STORE_UNREACHABLE',
    `No ClickHouse answers at ${store.url} (${oneLine(messageOf(rootOf(error)))}); start it, or set AUDIT_REGISTER_CLICKHOUSE_URL to its HTTP address. For development: \`audit-register dev\`.`,
    { cause: error },
  );
}

/** The server's own error, however deep it is wrapped. */
export function findServerError(error: unknown): ClickHouseError | undefined {
  const { ClickHouseError } = clientLibrary();
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ClickHouseError) return cause;
  }
  return undefined;
}

function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

function oneLine(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(CONTROL, '\uFFFD')
    .trim()
    .replace(/[.\s]+$/, '');
  return line.length > MAX_ANSWER_CHARACTERS ? `${line.slice(0, MAX_ANSWER_CHARACTERS)}…` : line;
}

import type { RegisterRow } from './register-rows.ts';

/** Who did what to what, with which outcome, through which request, from where. */
export interface Sentence {
  readonly time: string;
  readonly who: string;
  readonly assurance: string;
  readonly verb: string;
  readonly target: string;
  readonly outcome: Outcome;
  readonly request: string;
  readonly status: number;
  readonly address: string;
}

export type Outcome = 'ok' | 'committed' | 'rolled back' | 'denied' | 'failed' | 'unknown';

const DONE: Readonly<Record<string, string>> = {
  create: 'created',
  read: 'read',
  update: 'changed',
  delete: 'deleted',
  merge: 'merged',
  truncate: 'emptied',
  copy_in: 'loaded',
  schema: 'redefined',
  grant: 'granted',
  call: 'called',
};

const OUTCOMES: Readonly<Record<string, Outcome>> = { success: 'ok', failure: 'failed', denied: 'denied' };

const TRANSACTIONS: Readonly<Record<string, Outcome>> = {
  autocommit: 'committed',
  committed: 'committed',
  rolled_back: 'rolled back',
};

const LOGINS: Readonly<Record<string, string>> = {
  login: 'logged in',
  logout: 'logged out',
  login_failed: 'tried to log in',
  token_rejected: 'showed a token',
};

/** A sentence for each change and each login, and one for each request that was neither. */
export function toSentences(rows: readonly RegisterRow[]): readonly Sentence[] {
  const told = new Set(rows.filter(tellsOfItsRequest).map(({ trace_id: id }) => id));
  const requests = new Map(
    rows.filter(({ category }) => category === 'http').map((row) => [row.trace_id, row]),
  );
  return rows.flatMap((row) => {
    if (row.category === 'db') return [describeChange(row, requests.get(row.trace_id))];
    if (row.category === 'auth') return [describeLogin(row, requests.get(row.trace_id))];
    if (row.category === 'http' && !told.has(row.trace_id)) return [describeRequest(row)];
    return [];
  });
}

function describeChange(row: RegisterRow, request: RegisterRow | undefined): Sentence {
  const rows = row.db_rows === 1 ? '' : ` (${row.db_rows} rows)`;
  return {
    ...describeActor(row),
    verb: DONE[row.action] ?? row.action,
    target: row.target_id === '' ? row.target_type + rows : `${row.target_type} / ${row.target_id}`,
    outcome: row.outcome === 'success' ? (TRANSACTIONS[row.transaction_outcome] ?? 'unknown') : 'failed',
    ...describeWay(request),
  };
}

/** A request whose token was refused wanted something else. */
function tellsOfItsRequest({ category, action }: RegisterRow): boolean {
  return category === 'db' || (category === 'auth' && action !== 'token_rejected');
}

function describeLogin(row: RegisterRow, request: RegisterRow | undefined): Sentence {
  return {
    ...describeActor(row),
    verb: LOGINS[row.action] ?? row.action,
    target: row.target_id === '' ? '' : `as ${row.target_id}`,
    outcome: OUTCOMES[row.outcome] ?? 'unknown',
    ...describeWay(request),
  };
}

function describeRequest(row: RegisterRow): Sentence {
  const isDone = row.outcome === 'success';
  return {
    ...describeActor(row),
    verb: isDone ? (DONE[row.action] ?? row.action) : `tried to ${row.action}`,
    target: row.url_path,
    outcome: OUTCOMES[row.outcome] ?? 'unknown',
    ...describeWay(row),
  };
}

function describeActor(row: RegisterRow): Pick<Sentence, 'time' | 'who' | 'assurance'> {
  return {
    time: new Date(row.occurred_at).toTimeString().slice(0, 8),
    who: row.actor_name || row.actor_id || 'somebody',
    assurance: row.actor_type === 'system' ? 'system' : row.actor_assurance,
  };
}

function describeWay(request: RegisterRow | undefined): Pick<Sentence, 'request' | 'status' | 'address'> {
  if (request === undefined) return { request: 'by itself', status: 0, address: '' };
  return {
    request: `${request.http_method} ${request.http_route || request.url_path}`,
    status: request.http_status,
    address: request.source_address.replace(/^::ffff:/, ''),
  };
}

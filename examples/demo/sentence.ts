import { describeRecord } from '../../dist/search/sentence.js';
import type { Ending } from '../../dist/search/sentence.js';
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

export type Outcome = Ending;

/** A sentence for each change and each login, and one for each request that was neither. */
export function toSentences(rows: readonly RegisterRow[]): readonly Sentence[] {
  const told = new Set(rows.filter(tellsOfItsRequest).map(({ trace_id: id }) => id));
  const requests = new Map(
    rows.filter(({ category }) => category === 'http').map((row) => [row.trace_id, row]),
  );
  return rows.flatMap((row) => {
    if (row.category === 'db' || row.category === 'auth') return [describe(row, requests.get(row.trace_id))];
    if (row.category === 'http' && !told.has(row.trace_id)) return [describe(row, row)];
    return [];
  });
}

/** A request whose token was refused wanted something else. */
function tellsOfItsRequest({ category, action }: RegisterRow): boolean {
  return category === 'db' || (category === 'auth' && action !== 'token_rejected');
}

/** The words that explorer and commands have for it, with the answer of its request. */
function describe(row: RegisterRow, request: RegisterRow | undefined): Sentence {
  const { assurance, did, what, ending, address } = describeRecord(row);
  return {
    time: new Date(row.occurred_at).toTimeString().slice(0, 8),
    who: row.actor_name || row.actor_id || 'somebody',
    assurance: row.actor_type === 'system' ? 'system' : assurance,
    verb: did,
    target: what,
    outcome: ending,
    request:
      request === undefined
        ? 'by itself'
        : `${request.http_method} ${request.http_route || request.url_path}`,
    status: request?.http_status ?? 0,
    address,
  };
}

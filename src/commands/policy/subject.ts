import type { ActorAssurance } from '../../record/actor.js';
import { OPERATION_TYPES, UNKNOWN_OPERATION } from '../../record/operations.js';

/** What the policy is asked about: a request, a text of SQL, or a text within a request. */
export interface Subject {
  readonly method: string;
  /** Path and query as they are sent; empty for a text that belongs to no request. */
  readonly path: string;
  readonly route: string;
  /** What the request asks for beneath its path: `mutation.deleteOrder`. */
  readonly operations: readonly string[];
  readonly status: number;
  /** Body of the request. */
  readonly body: string;
  readonly sql: string;
  /** Values of `$1`, `$2`, … */
  readonly parameters: readonly string[];
  /** Rows that each statement touches. */
  readonly rows: number;
  /** Id; empty for nobody. */
  readonly actor: string;
  readonly assurance: ActorAssurance;
  readonly roles: readonly string[];
  readonly tenant: string;
  /** Empty for the one of the configuration. */
  readonly service: string;
}

export const ASSURANCES: readonly ActorAssurance[] = [
  'verified',
  'trusted',
  'claimed',
  'expired',
  'invalid',
  'none',
];

/** What is said of another name: no record has one, so that a test would be true of nothing. */
export const NO_OPERATION = `An operation is "${UNKNOWN_OPERATION}", or its type (${OPERATION_TYPES.join(', ')}), a dot and its name`;

export const NOTHING: Subject = {
  method: 'GET',
  path: '',
  route: '',
  operations: [],
  status: 200,
  body: '',
  sql: '',
  parameters: [],
  rows: 1,
  actor: '',
  assurance: 'verified',
  roles: [],
  tenant: '',
  service: '',
};

/** `DELETE /orders/1 → 204, by u (verified)`. */
export function describeSubject({ method, path, status, sql, actor, assurance }: Subject): string {
  const request = path === '' ? '' : `${method} ${path} → ${status}`;
  const text = sql.replace(/\s+/g, ' ').trim();
  const what = [text, request].filter((part) => part !== '').join(' in ');
  return actor === '' ? what : `${what}, by ${actor} (${assurance})`;
}

import type { Draft } from '../../pipeline/blank-record.js';
import { createClientAddressResolver } from '../../identity/client-address.js';
import type { SourceRow } from '../driver.js';

/** One row of easy-audit on its way to a record. */
export interface Event {
  readonly draft: Draft;
  readonly text: (column: string) => string;
  /** Keeps something that has no column of its own. */
  readonly attribute: (name: string, value: string) => void;
  /** Says what could not be taken as it was. */
  readonly problem: (what: string) => void;
}

export function createEvent(draft: Draft, row: SourceRow): Event {
  const attributes: Record<string, string> = {};
  const problems: string[] = [];
  draft.attributes = attributes;
  return {
    draft,
    text: (column) => row[column] ?? '',
    attribute: (name, value) => {
      if (value !== '') attributes[name] = value;
    },
    problem: (what) => {
      problems.push(what);
      attributes['audit.import.problem'] = problems.join(', ');
    },
  };
}

/** easy-audit took the name from the session of the request and verified nothing: `claimed`. */
export function fillUser({ draft, text }: Event): void {
  const id = text('user_pk_as_string') || text('user_id');
  if (id === '') return;
  draft.actor_type = 'user';
  draft.actor_id = id;
  draft.actor_name = text('user_name');
  draft.actor_assurance = 'claimed';
  draft.auth_method = 'import';
}

/** Stands for the server itself, which easy-audit does not name. Source: RFC 6666, the discard prefix. */
const SERVER = '100::';

export type FillAddress = (event: Event) => void;

/**
 * `remote_ip` may be a whole X-Forwarded-For. Of several addresses it is the right-most that is no trusted proxy, as
 * everywhere in the register: those before it are the client's own word.
 */
export function createFillAddress(trustedProxies: readonly string[]): FillAddress {
  const resolve = createClientAddressResolver([...trustedProxies, SERVER]);
  return ({ draft, text, attribute, problem }) => {
    const given = text('remote_ip');
    if (given === '') return;
    const { address, port } = resolve(SERVER, 0, { 'x-forwarded-for': given });
    draft.source_address = address === SERVER ? '' : address;
    draft.source_port = port;
    if (draft.source_address === given) return;
    attribute('easyaudit.remote_ip', given);
    if (draft.source_address === '') problem('remote_ip is no address');
  };
}

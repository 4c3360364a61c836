import { quoteName } from '../store/migrations.js';
import type { Ask } from './ask.js';
import { conditionOf } from './condition.js';
import type { Search } from './search.js';

/**
 * A login that the application did not tell of by code holds what somebody typed, which need not be their identifier. Whose it
 * was is sure only where the same request, or a session that nobody else used, was vouched for later.
 */
const IS_TYPED = "category = 'auth' AND action = 'login' AND actor_id = ''";
const IS_VOUCHED = "actor_assurance IN ('verified', 'trusted')";
const NO_REQUEST = '00000000-0000-0000-0000-000000000000';
const MOST_LOGINS = 1_000;

interface TypedLogin {
  readonly id: string;
  readonly session: string;
  readonly request: string;
}

/** @returns Ids of the records, the newest first. */
export async function readLoginsOf(
  ask: Ask,
  database: string,
  actorId: string,
  search: Search,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { sql, parameters } = conditionOf(search, database);
  const typed = await ask<TypedLogin>(
    `SELECT toString(record_id) AS id, session_id AS session, toString(request_id) AS request
     FROM ${quoteName(database)}.unique_records
     WHERE ${sql} AND ${IS_TYPED} AND outcome = 'success' AND (session_id != '' OR request_id != toUUID('${NO_REQUEST}'))
     ORDER BY occurred_at DESC
     LIMIT ${MOST_LOGINS}`,
    parameters,
    signal,
  );
  if (typed.length === 0) return [];
  const own = await readOwn(ask, database, actorId, typed, signal);
  return typed.filter(({ session, request }) => own.has(session) || own.has(request)).map(({ id }) => id);
}

/** Sessions and requests in which every name is this one, somebody vouches for it, and nobody acts as somebody else. */
async function readOwn(
  ask: Ask,
  database: string,
  actorId: string,
  typed: readonly TypedLogin[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const [sessions, requests] = [typed.map(({ session }) => session), typed.map(({ request }) => request)];
  const rows = await ask<{ place: string }>(
    `SELECT arrayJoin([session_id, toString(request_id)]) AS place
     FROM ${quoteName(database)}.unique_records
     WHERE (session_id IN {sessions:Array(String)} OR request_id IN {requests:Array(UUID)}) AND actor_id != ''
     GROUP BY place
     HAVING place NOT IN ('', '${NO_REQUEST}')
       AND countIf(actor_id != {actor:String} OR impersonator_id != '') = 0 AND countIf(${IS_VOUCHED}) > 0`,
    {
      actor: actorId,
      sessions: sessions.filter((session) => session !== ''),
      requests: requests.filter((request) => request !== NO_REQUEST),
    },
    signal,
  );
  return new Set(rows.map(({ place }) => place));
}

/** Logins under one of these names of which nobody can say whose they were. */
export async function countTypedLogins(
  ask: Ask,
  database: string,
  search: Search,
  names: readonly string[],
  joined: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const { sql, parameters } = conditionOf(search, database);
  const [row] = await ask<{ logins: number }>(
    `SELECT toUInt32(count()) AS logins FROM ${quoteName(database)}.unique_records
     WHERE ${sql} AND ${IS_TYPED} AND actor_name IN {login_names:Array(String)}
       AND record_id NOT IN {login_records:Array(UUID)}`,
    { ...parameters, login_names: names, login_records: joined },
    signal,
  );
  return row?.logins ?? 0;
}

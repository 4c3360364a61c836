import { countTypedLogins, readLoginsOf } from './actor-logins.js';
import type { Ask } from './ask.js';
import { conditionOf } from './condition.js';
import { SearchError } from './errors.js';
import { readableAddress } from './found-record.js';
import type { OutcomeCounts } from './histogram.js';
import type { Search } from './search.js';
import { settledRecords } from './settled.js';
import { writeAnyOf, writeTerm } from './write-term.js';

/**
 * What is known of one actor in a period. Times are in ISO 8601, hours in UTC. What was done under a forged token counts in
 * `total`, `counts`, `actions` and `assurances`, but says nothing of when, from where and with what this actor works.
 */
export interface ActorSummary {
  readonly actorId: string;
  readonly total: number;
  readonly counts: OutcomeCounts;
  /** Empty where nothing was found that was not forged. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly names: readonly Seen[];
  readonly types: readonly Seen[];
  readonly tenants: readonly Seen[];
  /** NOTE: what was done under a name that nobody vouches for need not be of that person. */
  readonly assurances: readonly Seen[];
  readonly actions: readonly Seen[];
  readonly addresses: readonly Seen[];
  readonly sessions: readonly Seen[];
  readonly agents: readonly Seen[];
  readonly services: readonly Seen[];
  /** Records in each of the 24 hours of the day. */
  readonly hours: readonly number[];
  /** Who acted as this actor. */
  readonly impersonatedBy: readonly Seen[];
  /** As whom this actor acted. */
  readonly impersonated: readonly Seen[];
  /** What was done under a forged token of this name. */
  readonly forged: Forged;
  readonly logins: ActorLogins;
}

export interface Forged {
  readonly count: number;
  /** Empty where nothing was. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly addresses: readonly Seen[];
  readonly agents: readonly Seen[];
}

/** Logins of a typed name, without an identifier. */
export interface ActorLogins {
  /** Records that are surely of this actor, by session or request; they count in all the rest. The newest first. */
  readonly joined: readonly string[];
  /** How many more there are under the names of this actor. */
  readonly typed: number;
  /** The search that finds these. */
  readonly typedSearch: string;
}

/** A value, how often it was seen, and when first and last. */
export interface Seen {
  readonly value: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Of each kind, the most frequent. */
const MOST_VALUES = 50;

const IS_FORGED = "actor_assurance = 'invalid'";

/** NOTE: a login that was joined only claims its name, which does not make the name of this actor less sure. */
const unlessJoined = (sql: string): string => `if(record_id IN {joined:Array(UUID)}, '', ${sql})`;
const unlessForged = (sql: string): string => `if(${IS_FORGED}, '', ${sql})`;
const ifForged = (sql: string): string => `if(${IS_FORGED}, ${sql}, '')`;
const ADDRESS = readableAddress('source_address');
const AGENT = 'toString(user_agent)';

const KINDS: Readonly<Record<Exclude<ListName, 'impersonated'>, string>> = {
  names: unlessJoined('actor_name'),
  types: unlessJoined('toString(actor_type)'),
  tenants: 'toString(tenant_id)',
  assurances: unlessJoined('toString(actor_assurance)'),
  actions: 'toString(action)',
  addresses: unlessForged(ADDRESS),
  sessions: unlessForged('session_id'),
  agents: unlessForged(AGENT),
  services: 'toString(service_name)',
  impersonatedBy: 'impersonator_id',
};

type ListName = {
  [Name in keyof ActorSummary]: ActorSummary[Name] extends readonly Seen[] ? Name : never;
}[keyof ActorSummary];

/** @param actorId The identifier, not the name: two people may have one name. */
export async function readActor(
  ask: Ask,
  database: string,
  actorId: string,
  search: Search,
  signal?: AbortSignal,
): Promise<ActorSummary> {
  if (actorId === '') throw new SearchError('An actor needs an identifier.', 0);
  const own = { ...search, text: `${search.text} ${writeTerm('actor_id', actorId)}` };
  const other = { ...search, text: `${search.text} ${writeTerm('impersonator', actorId)}` };
  const joined = await readLoginsOf(ask, database, actorId, search, signal);
  const [seen, impersonated] = await Promise.all([
    readSeen(ask, database, own, { ...KINDS, ...TOTALS }, joined, signal),
    readSeen(ask, database, other, { impersonated: "if(actor_id = '', actor_name, actor_id)" }, [], signal),
  ]);
  const byKind = Map.groupBy(seen, ({ kind }) => kind);
  const listed = (name: string): Seen[] => (byKind.get(name) ?? []).map(withoutKind);
  const [[total], [known], [forged]] = [listed('total'), listed('known'), listed('forged')];
  const countOf = (kind: string, value: string): number =>
    listed(kind).find((seen) => seen.value === value)?.count ?? 0;
  const { success, failure, denied, rolled_back } = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, countOf('outcomes', outcome)]),
  ) as Record<(typeof OUTCOMES)[number], number>;
  const called = [...new Set([actorId, ...listed('names').map(({ value }) => value)])];
  const unknown = (total?.count ?? 0) - success - failure - denied - rolled_back;
  return {
    actorId,
    total: total?.count ?? 0,
    counts: { ok: success, failed: failure, denied, rolled_back, unknown },
    firstAt: known?.firstAt ?? '',
    lastAt: known?.lastAt ?? '',
    names: listed('names'),
    types: listed('types'),
    tenants: listed('tenants'),
    assurances: listed('assurances'),
    actions: listed('actions'),
    addresses: listed('addresses'),
    sessions: listed('sessions'),
    agents: listed('agents'),
    services: listed('services'),
    hours: Array.from({ length: 24 }, (_, hour) => countOf('hours', String(hour))),
    impersonatedBy: listed('impersonatedBy'),
    impersonated: impersonated.map(withoutKind),
    forged: {
      count: forged?.count ?? 0,
      firstAt: forged?.firstAt ?? '',
      lastAt: forged?.lastAt ?? '',
      addresses: listed('forgedAddresses'),
      agents: listed('forgedAgents'),
    },
    logins: {
      joined,
      typed: await countTypedLogins(ask, database, search, called, joined, signal),
      typedSearch: `action:login actor_id:"" ${writeAnyOf('actor_name', called)}`,
    },
  };
}

const OUTCOMES = ['success', 'failure', 'denied', 'rolled_back'] as const;
const TOTALS: Readonly<Record<string, string>> = {
  total: "'all'",
  outcomes: 'settled_outcome',
  hours: unlessForged("toString(toHour(occurred_at, 'UTC'))"),
  known: unlessForged("'all'"),
  forged: ifForged("'all'"),
  forgedAddresses: ifForged(ADDRESS),
  forgedAgents: ifForged(AGENT),
};

type SeenRow = Seen & { readonly kind: string };

async function readSeen(
  ask: Ask,
  database: string,
  search: Search,
  kinds: Readonly<Record<string, string>>,
  joined: readonly string[],
  signal?: AbortSignal,
): Promise<SeenRow[]> {
  const { sql, parameters, period } = conditionOf(search, database);
  const values = Object.entries(kinds).map(([kind, value]) => `('${kind}', ${value})`);
  return await ask<SeenRow>(
    `SELECT
       seen.1 AS kind,
       seen.2 AS value,
       toUInt32(count()) AS count,
       ${isoTime('min')} AS firstAt,
       ${isoTime('max')} AS lastAt
     FROM (${settledRecords(database, joined.length === 0 ? sql : `(${sql} OR record_id IN {joined:Array(UUID)})`, period)})
     ARRAY JOIN [${values.join(', ')}] AS seen
     WHERE value != ''
     GROUP BY kind, value
     ORDER BY count DESC, value
     LIMIT ${MOST_VALUES} BY kind`,
    { ...parameters, joined },
    signal,
  );
}

function isoTime(aggregate: 'min' | 'max'): string {
  return `concat(replaceOne(toString(${aggregate}(occurred_at)), ' ', 'T'), 'Z')`;
}

function withoutKind({ value, count, firstAt, lastAt }: SeenRow): Seen {
  return { value, count, firstAt, lastAt };
}

import type { Ask } from './ask.js';
import { conditionOf } from './condition.js';
import { SearchError } from './errors.js';
import { readableAddress } from './found-record.js';
import { groupBy } from './group-by.js';
import type { OutcomeCounts } from './histogram.js';
import type { Search } from './search.js';
import { settledRecords } from './settled.js';
import { writeTerm } from './write-term.js';

/** What is known of one actor in a period. Times are in ISO 8601, hours in UTC. */
export interface ActorSummary {
  readonly actorId: string;
  readonly total: number;
  readonly counts: OutcomeCounts;
  /** Empty where nothing was found. */
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

const KINDS: Readonly<Record<Exclude<ListName, 'impersonated'>, string>> = {
  names: 'actor_name',
  types: 'toString(actor_type)',
  tenants: 'toString(tenant_id)',
  assurances: 'toString(actor_assurance)',
  actions: 'toString(action)',
  addresses: readableAddress('source_address'),
  sessions: 'session_id',
  agents: 'toString(user_agent)',
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
  const [seen, impersonated] = await Promise.all([
    readSeen(ask, database, own, { ...KINDS, ...TOTALS }, signal),
    readSeen(ask, database, other, { impersonated: "if(actor_id = '', actor_name, actor_id)" }, signal),
  ]);
  const byKind = groupBy(seen, ({ kind }) => kind);
  const listed = (name: string): Seen[] => (byKind.get(name) ?? []).map(withoutKind);
  const [total] = listed('total');
  const countOf = (kind: string, value: string): number =>
    listed(kind).find((seen) => seen.value === value)?.count ?? 0;
  const { success, failure, denied, rolled_back } = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, countOf('outcomes', outcome)]),
  ) as Record<(typeof OUTCOMES)[number], number>;
  const unknown = (total?.count ?? 0) - success - failure - denied - rolled_back;
  return {
    actorId,
    total: total?.count ?? 0,
    counts: { ok: success, failed: failure, denied, rolled_back, unknown },
    firstAt: total?.firstAt ?? '',
    lastAt: total?.lastAt ?? '',
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
  };
}

const OUTCOMES = ['success', 'failure', 'denied', 'rolled_back'] as const;
const TOTALS: Readonly<Record<string, string>> = {
  total: "'all'",
  outcomes: 'settled_outcome',
  hours: "toString(toHour(occurred_at, 'UTC'))",
};

type SeenRow = Seen & { readonly kind: string };

async function readSeen(
  ask: Ask,
  database: string,
  search: Search,
  kinds: Readonly<Record<string, string>>,
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
     FROM (${settledRecords(database, sql, period)})
     ARRAY JOIN [${values.join(', ')}] AS seen
     WHERE value != ''
     GROUP BY kind, value
     ORDER BY count DESC, value
     LIMIT ${MOST_VALUES} BY kind`,
    parameters,
    signal,
  );
}

function isoTime(aggregate: 'min' | 'max'): string {
  return `concat(replaceOne(toString(${aggregate}(occurred_at)), ' ', 'T'), 'Z')`;
}

function withoutKind({ value, count, firstAt, lastAt }: SeenRow): Seen {
  return { value, count, firstAt, lastAt };
}

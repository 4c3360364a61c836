import { ENTRY_FIELDS, EvidenceQueries } from '../integrity/clickhouse-queries.js';
import { groupByPlace, schemaOf, toEntry } from '../integrity/entry-row.js';
import type { EntryRow } from '../integrity/entry-row.js';
import type { Entry, StoredRows } from '../integrity/evidence.js';
import { judgeEntries } from '../integrity/link.js';
import type { Link } from '../integrity/link.js';
import { judgeRows } from '../integrity/row-check.js';
import { columnsOf } from '../integrity/schema-columns.js';
import { createSignatureCheck } from '../integrity/signature.js';
import { StoredSegments } from '../integrity/stored-segments.js';
import { isoTime } from '../record/json.js';
import { readClockMillis } from '../store/clock.js';
import type { Ask } from './ask.js';
import { timeSpan } from './quantities.js';
import { epochMillis } from '../timers.js';
import type { FoundRecord } from './search.js';

/**
 * - `intact`: the records are, to the byte, what was sealed
 * - `altered`: they are not, or there is more or less of them
 * - `unverified`: sealed, but not looked at: too much for one call, removed in part by a purge, or of a newer version
 * - `unsealed`: not certified yet: the records have just arrived
 * - `unvouched`: nobody has certified the segment, long after its records arrived; whoever may write can have put them there
 * - `of-no-chain`: the records came through a collector from services without the preload: nothing is promised of them
 */
export type SegmentVerdict = 'intact' | 'altered' | 'unverified' | 'unsealed' | 'unvouched' | 'of-no-chain';

/** What is promised of a segment, and whether it holds. NOTE: whether a signature is right only `audit-register verify` says. */
export interface SegmentState {
  readonly segmentId: string;
  readonly state: SegmentVerdict;
  readonly isCertified: boolean;
  readonly isSigned: boolean;
  /** Thumbprint of the key; empty without a signature. */
  readonly keyId: string;
  /** Place in its chain; 0 where it is not known. */
  readonly number: number;
  /** In ISO 8601; empty where it is not known. */
  readonly sealedAt: string;
  /** How many records were promised, and how many there are. */
  readonly promised: number;
  readonly stored: number;
}

/** Records that are hashed in one call: a few tenths of a second of the store's time. What is beyond is `unverified`. */
const MOST_ROWS = 200_000;
const MOST_SEGMENTS = 100;
/** Within so long a certificate follows its records. */
const CERTIFIED_WITHIN_MILLIS = 600_000;
const NO_PERIOD = { from: '', to: '', service: '' };
const NO_CHAIN = '00000000-0000-0000-0000-000000000000';
const DAY_NANOS = 86_400_000_000_000n;

/** The segments of records, and whether what is stored of them is what was sealed. */
export class SegmentStates {
  readonly #ask: Ask;
  readonly #queries: EvidenceQueries;
  readonly #keptDays: () => Promise<number>;

  /** @param keptDays After how many days the store deletes records by itself. */
  constructor(ask: Ask, database: string, keptDays: () => Promise<number>) {
    this.#ask = ask;
    this.#queries = new EvidenceQueries(database, NO_PERIOD);
    this.#keptDays = keptDays;
  }

  async statesOf(
    records: readonly FoundRecord[],
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, SegmentState>>> {
    const bySegment = Map.groupBy(records, (record) => String(record['segment_id']));
    const links = await this.#links([...bySegment.keys()], signal);
    const looked = withinBudget([...bySegment.keys()].flatMap((id) => links.get(id) ?? []));
    const stored = await this.#stored(looked, signal);
    const purged = await this.#purged(looked, signal);
    const keptFrom = await this.#keptFrom();
    const storeMillis =
      links.size < bySegment.size ? await readClockMillis((query) => this.#ask(query, {}, signal)) : 0;
    const states = [...bySegment].map(([segmentId, records]) => {
      const [sealed, ...others] = links.get(segmentId) ?? [];
      if (sealed === undefined) return [segmentId, unsealed(segmentId, records, storeMillis)] as const;
      const rows = stored.get(segmentId);
      const isPromised = others.length === 0 && records.every((record) => isWithin(record, sealed.link));
      const state = isPromised ? stateOf(sealed.link, rows, purged.get(segmentId), keptFrom) : 'altered';
      return [segmentId, { ...describe(sealed), state, stored: rows?.rows ?? 0 }] as const;
    });
    return Object.fromEntries(states);
  }

  /** What is promised of each segment: more than one link where somebody contradicts another. */
  async #links(segments: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Sealed[]>> {
    const found = await this.#ask<EntryRow>(
      `SELECT ${ENTRY_FIELDS} FROM ${this.#queries.segments} WHERE segment_id IN {segments:Array(UUID)}
       ORDER BY segment, ingested_at LIMIT ${MOST_SEGMENTS * 100}`,
      { segments: segments.slice(0, MOST_SEGMENTS * 10) },
      signal,
    );
    const bySegment = Map.groupBy(groupByPlace(found.map((row) => toEntry(row))), ([entry]) =>
      String(entry?.columns.segment),
    );
    const sealed = [...bySegment].map(async ([segment, places]) => {
      const judged = await Promise.all(places.map(sealedBy));
      return [segment, judged.flat()] as const;
    });
    return new Map(await Promise.all(sealed));
  }

  async #stored(sealed: readonly Sealed[], signal?: AbortSignal): Promise<ReadonlyMap<string, StoredRows>> {
    const segments = new StoredSegments(this.#queries, (query, parameters) =>
      this.#ask(query, { ...parameters }, signal),
    );
    const stored = new Map<string, StoredRows>();
    for (const [schema, same] of Map.groupBy(sealed, ({ entry }) => schemaOf(entry))) {
      if (columnsOf(schema) === undefined) continue;
      for await (const { entries, stored: rows } of segments.evidenceOf(same.map(({ entry }) => entry))) {
        stored.set(String(entries[0]?.columns.segment), rows);
      }
    }
    return stored;
  }

  /** What purges have said is left of the segments. */
  async #purged(sealed: readonly Sealed[], signal?: AbortSignal): Promise<ReadonlyMap<string, string[]>> {
    const rows = await this.#ask<{ segment: string; digest: string }>(
      `SELECT DISTINCT toString(segment_id) AS segment, digest_left AS digest
       FROM ${this.#queries.purges} WHERE segment_id IN {segments:Array(UUID)} LIMIT 10000`,
      { segments: sealed.map(({ entry }) => entry.columns.segment) },
      signal,
    );
    const bySegment = Map.groupBy(rows, ({ segment }) => segment);
    return new Map([...bySegment].map(([segment, rows]) => [segment, rows.map(({ digest }) => digest)]));
  }

  async #keptFrom(): Promise<bigint> {
    const days = await this.#keptDays();
    return Number.isFinite(days) ? BigInt(epochMillis()) * 1_000_000n - BigInt(days) * DAY_NANOS : 0n;
  }
}

/** What one link promises, and an entry that says so. */
interface Sealed {
  readonly link: Link;
  readonly entry: Entry;
}

const checkNothing = createSignatureCheck([]);

async function sealedBy(entries: readonly Entry[]): Promise<Sealed[]> {
  const { links } = await judgeEntries(entries, checkNothing);
  return links.flatMap((link) => {
    const entry = entries.find(({ certificate }) => certificate.keyId === link.keyId) ?? entries[0];
    return entry === undefined ? [] : [{ link, entry }];
  });
}

function withinBudget(sealed: readonly Sealed[]): Sealed[] {
  let rows = 0;
  return sealed.slice(0, MOST_SEGMENTS).filter(({ link }) => (rows += link.seal.rows) <= MOST_ROWS);
}

/** NOTE: a record that only says it is of the segment is under no digest. */
function isWithin(record: FoundRecord, { seal }: Link): boolean {
  const { from } = timeSpan(record.occurred_at, 0);
  const sequence = BigInt(String(record['sequence']));
  return (
    record['chain_id'] === seal.chain &&
    from >= BigInt(seal.occurredFrom) &&
    from <= BigInt(seal.occurredTo) &&
    sequence >= BigInt(seal.first) &&
    sequence <= BigInt(seal.last)
  );
}

function stateOf(
  link: Link,
  stored: StoredRows | undefined,
  purged: readonly string[] | undefined,
  keptFrom: bigint,
): SegmentVerdict {
  if (stored === undefined) return 'unverified';
  const verdict = judgeRows(link, stored, keptFrom);
  if (verdict === 'whole') return 'intact';
  return verdict !== 'wrong' || purged?.includes(stored.digest) === true ? 'unverified' : 'altered';
}

function describe({ link, entry }: Sealed): Omit<SegmentState, 'state' | 'stored'> {
  const { seal } = link;
  return {
    segmentId: seal.segment,
    isCertified: true,
    isSigned: entry.certificate.signature !== '',
    keyId: link.keyId,
    number: seal.number,
    sealedAt: isoTime(BigInt(seal.sealedAt), 6),
    promised: seal.rows,
  };
}

/** NOTE: as `verify` tells them: what is vouched for and of no chain was added by somebody. */
function isOfNoChain(record: FoundRecord): boolean {
  const assurance = String(record['actor_assurance']);
  return (
    record['chain_id'] === NO_CHAIN &&
    ['logs/audit', 'traces/audit'].includes(String(record['policy_rule'])) &&
    assurance !== 'verified' &&
    assurance !== 'trusted'
  );
}

function unsealed(segmentId: string, records: readonly FoundRecord[], storeMillis: number): SegmentState {
  // NOTE: whoever forges a record also chooses when it arrived; nothing arrives in the future.
  const isLate = records.some(
    (record) => Math.abs(storeMillis - Date.parse(String(record['ingested_at']))) > CERTIFIED_WITHIN_MILLIS,
  );
  return {
    segmentId,
    state: records.every(isOfNoChain) ? 'of-no-chain' : isLate ? 'unvouched' : 'unsealed',
    isCertified: false,
    isSigned: false,
    keyId: '',
    number: 0,
    sealedAt: '',
    promised: 0,
    stored: records.length,
  };
}

import { rowBytes } from '../integrity/clickhouse-queries.js';
import { openClickHouseSource } from '../integrity/clickhouse-source.js';
import type { EvidenceSource, SegmentEvidence } from '../integrity/evidence.js';
import { isoOfNanos } from '../integrity/finding.js';
import type { NamedKey } from '../integrity/keys.js';
import { judgeEntries } from '../integrity/link.js';
import type { Link } from '../integrity/link.js';
import type { Amendment } from '../integrity/purge.js';
import { PurgeTrust } from '../integrity/purge-trust.js';
import { judgeRows } from '../integrity/row-check.js';
import { columnsOf } from '../integrity/schema-columns.js';
import { createSignatureCheck } from '../integrity/signature.js';
import type { SignatureCheck } from '../integrity/signature.js';
import { RETENTION_DAYS } from '../integrity/verify.js';
import { rowsOf } from './register.js';
import type { Register } from './register.js';
import { conditionOf, parametersOf } from './selection.js';
import type { Selection } from './selection.js';
import type { MonthShare } from './survey.js';

/** Segments that the store is asked about at once; it holds their rows in memory. */
const BATCH_SEGMENTS = 64;
const NANOS_PER_DAY = 86_400_000_000_000n;

/** What a purge of one month would leave of one segment. */
export interface Remains {
  readonly amendment: Amendment;
  /** How many of its rows would go. */
  readonly rows: number;
  /** False where it is not, or no more, what was promised: then nothing new can be promised either. */
  readonly isAsSealed: boolean;
  readonly isSigned: boolean;
}

interface Judged {
  readonly segment: string;
  readonly link: Link;
  readonly isAsSealed: boolean;
}

/** Looks at every sealed segment that would lose rows in one month. Reads in batches; changes nothing. */
export async function* remainsOf(
  register: Register,
  selection: Selection,
  month: MonthShare,
  keys: readonly NamedKey[],
): AsyncGenerator<Remains> {
  const source = await sourceOf(register, month);
  const check = createSignatureCheck(keys);
  const judge = createJudge(source, check);
  let batch: Judged[] = [];
  for await (const evidence of source.segments()) {
    const judged = await judge(evidence);
    if (judged === undefined) continue;
    const [first] = batch;
    const isOther = first !== undefined && first.link.seal.schema !== judged.link.seal.schema;
    if (isOther || batch.length === BATCH_SEGMENTS) {
      yield* leftOf(register, selection, month, batch);
      batch = [];
    }
    batch.push(judged);
  }
  if (batch.length > 0) yield* leftOf(register, selection, month, batch);
}

function sourceOf({ client, database }: Register, { from, to }: MonthShare): Promise<EvidenceSource> {
  // NOTE: the end is excluded, and the text has milliseconds.
  const end = isoOfNanos(String(to + 1_000_000n));
  return openClickHouseSource({
    client,
    database,
    name: database,
    period: { from: isoOfNanos(String(from)), to: end, service: '' },
  });
}

function createJudge(
  source: EvidenceSource,
  check: SignatureCheck,
): (evidence: SegmentEvidence) => Promise<Judged | undefined> {
  const trust = new PurgeTrust(source, check);
  const keptDays = Math.max(RETENTION_DAYS, source.keptDays);
  const keptFrom = Number.isFinite(keptDays)
    ? BigInt(source.nowMillis) * 1_000_000n - BigInt(Math.round(keptDays)) * NANOS_PER_DAY
    : 0n;
  return async ({ entries, stored }) => {
    const { links } = await judgeEntries(entries, check);
    const [link] = links;
    if (link === undefined || columnsOf(link.seal.schema) === undefined) return undefined;
    const { segment } = link.seal;
    const isAsSealed =
      link.verdict !== 'wrong' &&
      (judgeRows(link, stored, keptFrom) !== 'wrong' || (await trust.explains(segment, stored)));
    return { segment, link, isAsSealed };
  };
}

async function* leftOf(
  register: Register,
  selection: Selection,
  { month }: MonthShare,
  batch: readonly Judged[],
): AsyncGenerator<Remains> {
  const seals = batch.map(({ link }) => link.seal);
  const left = 'groupUniqArrayIf((sequence, row), NOT goes)';
  const found = await rowsOf<{ segment: string; rows: string; rowsLeft: string; digestLeft: string }>(
    register,
    `SELECT
       toString(segment_id) AS segment,
       toString(countIf(goes)) AS rows,
       toString(length(${left})) AS rowsLeft,
       lower(hex(SHA256(arrayStringConcat(arrayMap(pair -> pair.2, arraySort(pair -> pair.1, ${left})))))) AS digestLeft
     FROM
     (
       SELECT segment_id, sequence, ${rowBytes(seals[0]?.schema ?? 0)} AS row,
         toYYYYMM(occurred_at) = {month:UInt32} AND ${conditionOf(selection)} AS goes
       FROM ${register.records}
       WHERE segment_id IN {segments:Array(UUID)}
         AND occurred_at BETWEEN fromUnixTimestamp64Nano({low:Int64}, 'UTC') AND fromUnixTimestamp64Nano({high:Int64}, 'UTC')
     )
     GROUP BY segment_id
     HAVING countIf(goes) > 0`,
    {
      ...parametersOf(selection),
      month,
      segments: seals.map(({ segment }) => segment),
      low: least(seals.map(({ occurredFrom }) => BigInt(occurredFrom))),
      high: most(seals.map(({ occurredTo }) => BigInt(occurredTo))),
    },
  );
  const judged = new Map(batch.map((one) => [one.segment, one]));
  for (const { segment, rows, rowsLeft, digestLeft } of found) {
    const { link, isAsSealed } = judged.get(segment) as Judged;
    yield {
      amendment: { segment, rowsLeft: Number(rowsLeft), digestLeft },
      rows: Number(rows),
      isAsSealed,
      isSigned: link.verdict !== 'unsigned' && link.keyId !== '',
    };
  }
}

function least(values: readonly bigint[]): string {
  return String(values.reduce((a, b) => (b < a ? b : a)));
}

function most(values: readonly bigint[]): string {
  return String(values.reduce((a, b) => (b > a ? b : a)));
}

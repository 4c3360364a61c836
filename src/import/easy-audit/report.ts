import { EXIT } from '../../errors.js';
import { countOf } from '../../log.js';
import type { AuditRecord } from '../../record/record.js';
import { isoTime } from '../../record/json.js';
import { START } from '../chain.js';
import type { SourceRow } from '../driver.js';
import type { TablePlan } from './plan.js';
import type { TableResult } from './table-import.js';

const SAMPLES = 3;

/** Ids of refused rows that are named. */
const NAMED = 1_000;

/** What an import would do, with the first records it would make. */
export async function showPlan(plan: TablePlan, print: (line: string) => void): Promise<void> {
  const { ahead, last, source, toRecord, upTo } = plan;
  print(
    `${source.table.name}: ${ahead.rows} rows to import up to id ${upTo}, ${last.sequence} imported before, ${ahead.beyond} beyond retention`,
  );
  const samples: SourceRow[] = [];
  for await (const row of source.rows(last.id, upTo)) {
    if (samples.push(row) === SAMPLES) break;
  }
  for (const row of samples) print(JSON.stringify(known(toRecord(row))));
}

/** The columns that say something. */
function known(record: AuditRecord): Record<string, unknown> {
  const entries = Object.entries({
    ...record,
    occurred_at: isoTime(record.occurred_at, 9),
    recorded_at: isoTime(record.recorded_at, 6),
  });
  return Object.fromEntries(
    entries.filter(
      ([, value]) =>
        (value !== '' && value !== 0 && Object.keys(Object(value)).length !== 0) ||
        (typeof value === 'number' && value !== 0),
    ),
  );
}

/** Compares what the register has with the source, and says it. */
export async function summarise(
  plan: TablePlan,
  { imported, refused }: TableResult,
  isInterrupted: boolean,
  print: (line: string) => void,
): Promise<number> {
  const { chain, kept, source, upTo } = plan;
  const { name } = source.table;
  const there = await source.counts(START.id, upTo, kept);
  const stored = await chain.counts(upTo);
  const missing = Math.max(0, there.rows - stored.upTo - there.beyond - refused.length);
  print(
    `${name}: ${there.rows} rows in the source up to id ${upTo}, ${stored.upTo} in the register, ${imported} of them new, ` +
      `${there.beyond} beyond retention, ${refused.length} refused, ${missing} missing`,
  );
  for (const id of refused.slice(0, NAMED)) print(`${name}: refused id ${id}`);
  if (refused.length > NAMED) print(`${name}: and ${refused.length - NAMED} more refused`);
  if (missing > 0 && !isInterrupted) {
    print(
      `${name}: the missing rows came with ids below ones imported before, or were left out by --beyond-retention`,
    );
  }
  if (stored.distinct < stored.rows)
    print(`${name}: ${stored.rows - stored.distinct} rows are in the register twice`);
  if (stored.sequences < stored.rows)
    print(`${name}: ${stored.rows - stored.sequences} rows share their sequence with another`);
  const { refused: unvouched } = chain.certifier;
  if (unvouched.length > 0) {
    print(
      `${name}: ${countOf(unvouched.length, 'segment')} ${unvouched.length === 1 ? 'is' : 'are'} not what an import brings, and not certified: ${unvouched.slice(0, NAMED).join(', ')}`,
    );
  }
  const isOnce = stored.distinct === stored.rows && stored.sequences === stored.rows;
  const isWhole = missing === 0 && refused.length === 0 && unvouched.length === 0 && isOnce;
  return isWhole ? EXIT.good : EXIT.finding;
}

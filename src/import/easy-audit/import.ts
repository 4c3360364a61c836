import { EXIT } from '../../errors.js';
import { countOf } from '../../log.js';
import { nowMicros } from '../../record/clock.js';
import { ImportedChain } from '../chain.js';
import { ImportError } from '../errors.js';
import { recordRun } from '../run-record.js';
import { Source } from '../source.js';
import type { EasyAuditImportOptions, ImportTarget } from './options.js';
import { planTable } from './plan.js';
import type { TablePlan } from './plan.js';
import { showPlan, summarise } from './report.js';
import { refuseBeyondRetention } from './refuse-beyond-retention.js';
import { importTable } from './table-import.js';
import { EVENT_TABLES } from './tables.js';
import { createToRecord } from './to-record.js';

const PROGRESS_MILLIS = 1_000;

const KIND = 'django-easy-audit';

/**
 * Brings the events of easy-audit over that are not in the register yet.
 *
 * @returns An exit code: a finding when a row was refused, or the register does not hold what the source has.
 * @throws ImportError when it cannot go on; the next one goes on from there.
 */
export async function importEasyAudit(
  options: EasyAuditImportOptions,
  target: ImportTarget,
): Promise<number> {
  const source = await Source.open(options.postgresUrl, options.cwd);
  try {
    const plans = await planTables(source, options, target);
    if (options.isDryRun) {
      for (const plan of plans) await showPlan(plan, target.print);
      return EXIT.good;
    }
    if (!options.isBeyondRetentionSkipped) refuseBeyondRetention(plans, target.database);
    const startedMicros = nowMicros();
    let exitCode: number = EXIT.good;
    for (const plan of plans) exitCode = Math.max(exitCode, await importPlan(plan, target));
    await recordWhatWasDone(plans, startedMicros, target);
    if (target.signal.aborted) target.say('Interrupted; run the import again to go on.');
    return target.signal.aborted ? EXIT.finding : exitCode;
  } finally {
    await source.close();
  }
}

async function planTables(
  source: Source,
  options: EasyAuditImportOptions,
  target: ImportTarget,
): Promise<TablePlan[]> {
  const { database } = await source.one('SELECT current_database()::text AS database');
  const name = options.sourceName ?? (database as string);
  const plans: TablePlan[] = [];
  for (const table of EVENT_TABLES) {
    const chain = new ImportedChain(
      target.client,
      target.sink,
      target.database,
      [KIND, name, table.name, options.service],
      target.sign,
    );
    const toRecord = createToRecord(table, chain.id, options);
    const plan = await planTable({ table, source, chain, toRecord }, options, target);
    if (plan !== undefined) plans.push(plan);
  }
  if (plans.length > 0) return plans;
  throw new ImportError(
    'ERR_AUDIT_IMPORT_SOURCE',
    `Database ${database} has no table of easy-audit; check --postgres, and its search_path where they are in another schema than public.`,
  );
}

/** NOTE: an import that brings nothing leaves nothing. */
async function recordWhatWasDone(
  plans: readonly TablePlan[],
  startedMicros: number,
  { signal, sink, sign }: ImportTarget,
): Promise<void> {
  const certified = plans.filter(({ chain }) => chain.certifier.certified > 0);
  if (certified.length === 0) return;
  const tables = certified.map(({ chain: { certifier, id }, source, upTo }) => [
    source.table.name,
    `${countOf(certifier.certified, 'segment')} of chain ${id}, source up to id ${upTo}`,
  ]);
  const run = {
    source: KIND,
    startedMicros,
    isInterrupted: signal.aborted,
    tables: Object.fromEntries(tables) as Record<string, string>,
    ends: certified.flatMap(({ chain }) => chain.certifier.end ?? []),
  };
  await recordRun(run, sink, sign);
}

async function importPlan(plan: TablePlan, { say, print, signal }: ImportTarget): Promise<number> {
  let saidAt = 0;
  await plan.chain.certifier.catchUp(() => signal.aborted);
  const result = await importTable(
    {
      ...plan,
      onProgress: (rows, id) => {
        if (Date.now() - saidAt < PROGRESS_MILLIS) return;
        saidAt = Date.now();
        say(`${plan.source.table.name}: ${rows} of ${plan.ahead.rows} rows, at id ${id}`);
      },
      isInterrupted: () => signal.aborted,
    },
    plan.last,
    plan.upTo,
  );
  return summarise(plan, result, signal.aborted, print);
}

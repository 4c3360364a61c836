import type { ImportedChain, Place } from '../chain.js';
import { ImportError } from '../errors.js';
import { keptDays } from '../retention.js';
import type { Kept } from '../retention.js';
import type { Source } from '../source.js';
import { EventSource } from './event-source.js';
import type { EventCounts } from './event-source.js';
import type { EasyAuditImportOptions, ImportTarget } from './options.js';
import type { EventTable } from './tables.js';
import { recordId } from './to-record.js';
import type { ToRecord } from './to-record.js';

/** What an import will do with one table. */
export interface TablePlan {
  readonly source: EventSource;
  readonly chain: ImportedChain;
  readonly toRecord: ToRecord;
  readonly kept: Kept;
  readonly last: Place;
  /** The last id of this import; rows that come later are for the next one. */
  readonly upTo: string;
  /** What is not in the register yet. */
  readonly ahead: EventCounts;
}

export interface TableParts {
  readonly table: EventTable;
  readonly source: Source;
  readonly chain: ImportedChain;
  readonly toRecord: ToRecord;
}

/** @returns undefined for a table that is not there: easy-audit got the third one in 2017. */
export async function planTable(
  { table, source: database, chain, toRecord }: TableParts,
  options: EasyAuditImportOptions,
  { client, database: store, say }: ImportTarget,
): Promise<TablePlan | undefined> {
  const source = await EventSource.open(table, database, options);
  if (source === undefined) {
    say(`There is no table ${table.name}; it is left out.`);
    return undefined;
  }
  if (!source.hasNames)
    say(`${table.name}: no names can be read from ${options.users.table}; records hold the keys of users.`);
  if (!source.hasTypes)
    say(
      `${table.name}: django_content_type cannot be read; records hold the models that their snapshots name.`,
    );
  const kept = await keptDays(client, store, {
    category: table.category,
    serviceName: options.service,
    environment: options.environment,
  });
  const upTo = await source.settledId();
  const last = await chain.last();
  await requireSameSource(source, chain, last);
  return { source, chain, toRecord, kept, last, upTo, ahead: await source.counts(last.id, upTo, kept) };
}

/** NOTE: rows of another source with the same name would be passed over as if they had been imported. */
async function requireSameSource(source: EventSource, chain: ImportedChain, last: Place): Promise<void> {
  if (last.sequence === 0) return;
  const row = await source.row(last.id);
  if (row === undefined || recordId(chain.id, row) === last.recordId) return;
  throw new ImportError(
    'ERR_AUDIT_IMPORT_SOURCE',
    `The register has ${source.table.name} with id ${last.id} from another source than this; give this one a name of its own with --source, or another --service.`,
  );
}

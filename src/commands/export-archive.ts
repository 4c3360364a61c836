import type { ClickHouseConfig } from '../config/config.js';
import { EXIT } from '../errors.js';
import { refuseExisting } from '../export/export-file.js';
import { writeAtOnce } from '../export/partial-file.js';
import { openClickHouseSource } from '../integrity/clickhouse-source.js';
import { exportArchive } from '../integrity/export-archive.js';
import type { Period } from '../integrity/report.js';
import type { Search } from '../search/search.js';
import type { ClickHouseClient } from '../store/client.js';
import type { CommandContext } from './command.js';
import type { ExportCommandOptions } from './export.js';
import { createProgress } from './progress.js';
import { safeText } from './terminal/safe-text.js';

export interface ArchivePlace {
  readonly client: ClickHouseClient;
  readonly store: ClickHouseConfig;
  readonly path: string;
  /** Its period; an archive has no other condition. */
  readonly search: Search;
}

/** Writes the archive and prints what is in it. */
export async function runArchiveExport(
  { client, store, path, search: { from, to } }: ArchivePlace,
  { service, force }: ExportCommandOptions,
  { print, say, signal }: CommandContext,
): Promise<number> {
  await refuseExisting(path, force);
  const period: Period = { from, to, service };
  const progress = createProgress('exported', say);
  try {
    const name = `ClickHouse at ${store.url}, database ${store.database}`;
    const source = await openClickHouseSource({ client, database: store.database, name, period });
    const { entries, segments, rows } = await writeAtOnce(path, force, (write) =>
      exportArchive(source, period, { write, onProgress: progress.update, signal }),
    );
    progress.end();
    print(safeText(`${path}: ${entries} certificates, ${rows} records of ${segments} segments`));
    if (segments > 0) return EXIT.good;
    // As `verify` says of the same period.
    say('NOTHING: there is no segment of this period; the archive proves nothing.');
    return EXIT.finding;
  } catch (error) {
    if (!signal.aborted) throw error;
    say('interrupted; nothing was kept');
    return EXIT.finding;
  } finally {
    progress.end();
  }
}

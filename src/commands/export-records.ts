import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ClickHouseConfig } from '../config/config.js';
import { ConfigurationError, EXIT, messageOf } from '../errors.js';
import { exportToFile, refuseExisting } from '../export/export-file.js';
import type { Written } from '../export/export-file.js';
import { exportToPipe, pipeTo } from '../export/export-pipe.js';
import type { LineFormat } from '../export/formats.js';
import { describeManifest, manifestOf } from '../export/manifest.js';
import type { Manifest } from '../export/manifest.js';
import { exportParquet, exportParquetFile } from '../export/parquet.js';
import { storeTime } from '../export/selection.js';
import type { Source } from '../export/selection.js';
import type { Search } from '../search/search.js';
import type { ClickHouseClient } from '../store/client.js';
import type { CommandContext } from './command.js';
import type { ExportCommandOptions } from './export.js';
import { createProgress } from './progress.js';
import type { Progress } from './progress.js';
import { safeText } from './terminal/safe-text.js';
import { readVersion } from './version.js';

export interface RecordExport {
  readonly client: ClickHouseClient;
  readonly store: ClickHouseConfig;
  /** `-` for standard output. */
  readonly path: string;
  readonly search: Search;
  readonly format: LineFormat | 'parquet';
}

/** Writes what a search finds and prints what it was, so that anybody can check that it is whole. */
export async function runRecordExport(
  job: RecordExport,
  options: ExportCommandOptions,
  context: CommandContext,
): Promise<number> {
  const progress = createProgress('exported', context.say);
  try {
    const written =
      job.path === '-'
        ? await writeToPipe(job, options, context, progress)
        : await writeToFile(job, options, context, progress);
    progress.end();
    return written === undefined ? EXIT.good : await report(written, job, options, context);
  } catch (error) {
    if (!context.signal.aborted) throw error;
    context.say(
      `interrupted; ${job.format === 'parquet' ? 'nothing was kept' : 'the output ends in its middle'}`,
    );
    return EXIT.finding;
  } finally {
    progress.end();
  }
}

async function writeToFile(
  { client, store, path, search, format }: RecordExport,
  { from, to, bom, force, restart }: ExportCommandOptions,
  { say, signal }: CommandContext,
  progress: Progress,
): Promise<Written> {
  const { url, database } = store;
  if (format === 'parquet') {
    await refuseExisting(path, force);
    const selection = { search, takenInBy: await storeTime(client) };
    return await exportParquetFile({ client, database, selection }, path, signal);
  }
  return await exportToFile({
    client,
    format,
    // As it was said, so that `--from 2h` means the same two hours when it goes on.
    identity: {
      version: readVersion(),
      format,
      hasBom: bom,
      store: url,
      database,
      text: search.text,
      from,
      to,
    },
    period: search,
    path,
    isForced: force,
    isRestarted: restart,
    signal,
    onResume: ({ records, bytes }) => say(`going on behind ${records} records (${bytes} bytes)`),
    onProgress: progress.update,
  });
}

/** Undefined when whoever was reading went away. */
async function writeToPipe(
  { client, store: { database }, search, format }: RecordExport,
  { bom }: ExportCommandOptions,
  { signal }: CommandContext,
  progress: Progress,
): Promise<Written | undefined> {
  const { write, left } = pipeTo(process.stdout);
  const ended = AbortSignal.any([signal, left]);
  const selection = { search, takenInBy: await storeTime(client) };
  const source: Source = { client, database, selection };
  try {
    return format === 'parquet'
      ? await exportParquet(source, write, ended)
      : await exportToPipe(source, format, bom, write, progress.update, ended);
  } catch (error) {
    // NOTE: a closed pipe interrupts the command as well.
    if (left.aborted) return undefined;
    throw error;
  }
}

async function report(
  written: Written,
  { store, path, format }: RecordExport,
  { manifest: manifestPath }: ExportCommandOptions,
  { print, say, cwd }: CommandContext,
): Promise<number> {
  const tell = path === '-' ? say : print;
  if (!written.isWhole) {
    say(
      `interrupted behind ${written.records} of ${written.extent.records} records; ${path}.partial is kept, and the same command goes on with it`,
    );
    return EXIT.finding;
  }
  const { selection, extent } = written;
  const manifest = manifestOf({
    ...written,
    file: path,
    format,
    search: selection.search,
    takenInBy: selection.takenInBy,
    store: store.url,
    database: store.database,
    version: readVersion(),
  });
  for (const line of describeManifest(manifest)) tell(safeText(line));
  if (manifestPath !== undefined)
    await writeManifest(
      manifestPath === true ? `${path}.manifest.json` : resolve(cwd, manifestPath),
      manifest,
    );
  if (extent.records === written.records) return EXIT.good;
  say(
    `NOT WHOLE: the store has ${extent.records} records of this selection, the file ${written.records}. Some were on their way when the export began, or were removed since: export it again.`,
  );
  return EXIT.finding;
}

async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
  } catch (cause) {
    throw new ConfigurationError(`--manifest ${path} cannot be written: ${messageOf(cause)}.`, { cause });
  }
}

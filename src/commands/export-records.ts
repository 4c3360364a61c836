import { resolve } from 'node:path';
import type { ClickHouseConfig } from '../config/config.js';
import { EXIT } from '../errors.js';
import { exportToFile, refuseExisting } from '../export/export-file.js';
import type { Written } from '../export/export-file.js';
import { exportToPipe, pipeTo } from '../export/export-pipe.js';
import type { WriteBytes } from '../export/export-pipe.js';
import type { LineFormat } from '../export/formats.js';
import { describeManifest, manifestOf, writeManifest } from '../export/manifest.js';
import { exportParquet, exportParquetFile } from '../export/parquet.js';
import { storeTime } from '../export/selection.js';
import type { Source } from '../export/selection.js';
import type { Search } from '../search/search.js';
import type { ClickHouseClient } from '../store/client.js';
import type { CommandContext } from './command.js';
import type { ExportCommandOptions } from './export.js';
import { createProgress } from './progress.js';
import type { Progress } from './progress.js';
import { safeLines } from './terminal/safe-lines.js';
import { safeText } from './terminal/safe-text.js';
import { UsageError } from './usage-error.js';
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
  const manifestPath = manifestPathOf(job.path, options, context);
  if (manifestPath !== undefined) await refuseExisting(manifestPath, options.force, '--manifest');
  const progress = createProgress('exported', context.say);
  try {
    const written =
      job.path === '-'
        ? await writeToPipe(job, options, context, progress)
        : await writeToFile(job, options, context, progress);
    progress.end();
    return written === undefined ? EXIT.good : await report(written, job, options, context, manifestPath);
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

function manifestPathOf(
  path: string,
  { manifest }: ExportCommandOptions,
  { cwd }: CommandContext,
): string | undefined {
  if (manifest === undefined) return undefined;
  const place = manifest === true ? `${path}.manifest.json` : resolve(cwd, manifest);
  if (place !== path) return place;
  throw new UsageError('--manifest and --out are the same file: give --manifest another name.');
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
    return await exportParquetFile({ client, database, selection }, path, force, signal);
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
  // The digest is of the bytes as a pipe or a file gets them.
  const shown: WriteBytes = (bytes) =>
    write(process.stdout.isTTY ? safeLines(bytes, format === 'csv') : bytes);
  const ended = AbortSignal.any([signal, left]);
  const selection = { search, takenInBy: await storeTime(client) };
  const source: Source = { client, database, selection };
  try {
    return format === 'parquet'
      ? await exportParquet(source, write, ended)
      : await exportToPipe(source, format, bom, shown, progress.update, ended);
  } catch (error) {
    // NOTE: a closed pipe interrupts the command as well.
    if (left.aborted) return undefined;
    throw error;
  }
}

async function report(
  written: Written,
  { store, path, format }: RecordExport,
  { force }: ExportCommandOptions,
  { print, say }: CommandContext,
  manifestPath: string | undefined,
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
  if (manifestPath !== undefined) await writeManifest(manifestPath, manifest, force);
  if (extent.records === written.records) return EXIT.good;
  say(
    `NOT WHOLE: the store has ${extent.records} records of this selection, the file ${written.records}. Some were on their way when the export began, or were removed since: export it again.`,
  );
  return EXIT.finding;
}

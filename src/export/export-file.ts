import { Buffer } from 'node:buffer';
import { stat } from 'node:fs/promises';
import type { ClickHouseClient } from '../store/client.js';
import { exists, partialPath, readCheckpoint } from './checkpoint.js';
import type { Checkpoint, ExportIdentity } from './checkpoint.js';
import { ExportError } from './errors.js';
import { WRITERS } from './formats.js';
import type { LineFormat } from './formats.js';
import { LineCount } from './line-count.js';
import { PartialFile } from './partial-file.js';
import { readRecords } from './records.js';
import { readExtent, storeTime } from './selection.js';
import type { Extent, Selection, Source } from './selection.js';

export const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface FileExport {
  readonly client: ClickHouseClient;
  readonly format: LineFormat;
  readonly identity: ExportIdentity;
  /** What the period of the identity means now. */
  readonly period: { readonly from: string; readonly to: string };
  readonly path: string;
  readonly isForced: boolean;
  readonly isRestarted: boolean;
  readonly signal: AbortSignal;
  readonly onResume: (checkpoint: Checkpoint) => void;
  readonly onProgress: (done: number, of: number) => void;
}

export interface Written {
  readonly isWhole: boolean;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
  /** What the store had of the selection when the file was done. */
  readonly extent: Extent;
  readonly selection: Selection;
}

/**
 * Writes a file, or goes on with one that was interrupted: in the end it is the same to the byte. Until it is whole it is called
 * `<file>.partial`.
 *
 * @throws ExportError when the file cannot be written, is there already, or belongs to another export
 */
export async function exportToFile(options: FileExport): Promise<Written> {
  await refuseExisting(options.path, options.isForced);
  const checkpoint = await findCheckpoint(options);
  const { client, identity, period, path } = options;
  const { from, to } = checkpoint ?? period;
  const takenInBy = checkpoint?.takenInBy ?? (await storeTime(client));
  const selection: Selection = { search: { text: identity.text, from, to }, takenInBy };
  const source: Source = { client, database: identity.database, selection };
  // Before there is a file, for this is where a search is refused.
  const extent = await readExtent(source);
  const file =
    checkpoint === undefined ? await PartialFile.begin(path) : await PartialFile.resume(path, checkpoint);
  try {
    if (checkpoint !== undefined) options.onResume(checkpoint);
    return await writeFile(file, source, extent, checkpoint, options);
  } finally {
    await file.close();
  }
}

/** @param option What named it. */
export async function refuseExisting(path: string, isForced: boolean, option = '--out'): Promise<void> {
  if (!(await exists(path))) return;
  if (await isDirectory(path)) throw new ExportError(`${path} is a directory: give ${option} a file in it.`);
  if (!isForced)
    throw new ExportError(`${path} is there already: give another ${option}, or --force to replace it.`);
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isDirectory(),
    // A link that leads nowhere.
    () => false,
  );
}

async function findCheckpoint({ path, identity, isRestarted }: FileExport): Promise<Checkpoint | undefined> {
  const checkpoint = isRestarted ? undefined : await readCheckpoint(path);
  if (checkpoint === undefined) return undefined;
  const names = Object.keys(identity) as (keyof ExportIdentity)[];
  const changed = names.find((name) => checkpoint.identity[name] !== identity[name]);
  if (changed !== undefined)
    throw new ExportError(
      `${partialPath(path)} is of another export (${NAMES[changed]} was ${JSON.stringify(checkpoint.identity[changed])}, now ${JSON.stringify(identity[changed])}): ask for the same to go on with it, give --restart to begin from nothing, or another --out.`,
    );
  return checkpoint;
}

const NAMES: Readonly<Record<keyof ExportIdentity, string>> = {
  version: 'the version of audit-register',
  format: '--format',
  hasBom: '--bom',
  store: 'the store',
  database: 'the database',
  text: 'the search',
  from: '--from',
  to: '--to',
};

async function writeFile(
  file: PartialFile,
  source: Source,
  { span, records: of }: Extent,
  checkpoint: Checkpoint | undefined,
  { format, identity, isForced, signal, onProgress }: FileExport,
): Promise<Written> {
  const { selection } = source;
  let records = checkpoint?.records ?? 0;
  if (checkpoint === undefined) await file.write(headOf(format, identity.hasBom));
  onProgress(records, of);
  try {
    const from = checkpoint === undefined ? span?.from : BigInt(checkpoint.doneTo);
    if (span !== undefined && from !== undefined && from < span.to) {
      for await (const piece of readRecords(
        source,
        format,
        { span: { from, to: span.to }, records: of },
        signal,
      )) {
        await file.write(piece.bytes);
        records += piece.records;
        onProgress(records, of);
        if (piece.doneTo !== undefined)
          await file.checkpoint({
            identity,
            from: selection.search.from,
            to: selection.search.to,
            takenInBy: selection.takenInBy,
            doneTo: String(piece.doneTo),
            records,
          });
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return { isWhole: false, records, bytes: file.bytes, sha256: '', extent: { records: of }, selection };
  }
  await verifyLines(file, format, records);
  const { bytes, sha256 } = file;
  await file.finish(isForced);
  return { isWhole: true, records, bytes, sha256, extent: await readExtent(source), selection };
}

/** What is in the file, and not what a checkpoint says of it. */
async function verifyLines(file: PartialFile, format: LineFormat, records: number): Promise<void> {
  const count = new LineCount(format);
  await file.verify((bytes) => count.add(bytes));
  const headLines = WRITERS[format].header === '' ? 0 : 1;
  if (count.lines !== headLines + records)
    throw new ExportError(
      `The file has ${count.lines - headLines} records where ${records} were written: it cannot go on. Give --restart to begin from nothing.`,
    );
}

export function headOf(format: LineFormat, hasBom: boolean): Buffer {
  return Buffer.concat([...(hasBom ? [BYTE_ORDER_MARK] : []), Buffer.from(WRITERS[format].header)]);
}

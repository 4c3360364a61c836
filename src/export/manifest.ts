import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf } from '../errors.js';
import { isoTime } from '../record/json.js';
import type { Search } from '../search/search.js';
import { ExportError } from './errors.js';
import { createOwn, giveName } from './own-file.js';
import type { Extent } from './selection.js';

/** What an export says of itself, so that others can check that it is whole. */
export interface Manifest {
  readonly file: string;
  readonly format: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly records: number;
  /** In ISO 8601; empty without records. */
  readonly first: string;
  readonly last: string;
  readonly search: string;
  readonly from: string;
  readonly to: string;
  /** The store's clock when the export was begun; what it took in later is not in the file. */
  readonly takenInBy: string;
  readonly store: string;
  readonly database: string;
  readonly madeBy: string;
  /** How many records of the selection the store had when the file was done: the same number, or something is missing. */
  readonly recordsInStore: number;
  readonly check: string;
  readonly evidence: string;
}

export interface Made {
  readonly file: string;
  readonly format: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly records: number;
  readonly extent: Extent;
  readonly search: Search;
  readonly takenInBy: string;
  readonly store: string;
  readonly database: string;
  readonly version: string;
}

export function manifestOf(made: Made): Manifest {
  const { file, format, bytes, sha256, records, extent, search, takenInBy, store, database, version } = made;
  const { span } = extent;
  const period = [
    ...(search.from === '' ? [] : ['--from', search.from]),
    ...(search.to === '' ? [] : ['--to', search.to]),
  ];
  return {
    file: basename(file),
    format,
    bytes,
    sha256,
    records,
    first: span === undefined ? '' : isoTime(span.from, 9),
    last: span === undefined ? '' : isoTime(span.to - 1n, 9),
    search: search.text,
    from: search.from,
    to: search.to,
    takenInBy: `${takenInBy.replace(' ', 'T')}Z`,
    store,
    database,
    madeBy: `audit-register ${version}`,
    recordsInStore: extent.records,
    check:
      file === '-' ? `sha256sum gives ${sha256}` : `echo "${sha256}  ${basename(file)}" | sha256sum --check`,
    // NOTE: a copy in another format proves nothing of the records themselves; the archive does.
    evidence: ['audit-register export --format archive', ...period, '--out evidence.archive'].join(' '),
  };
}

/** Writes it beside the place and then gives it its name. @throws ExportError when it cannot be written, or the name is taken */
export async function writeManifest(path: string, manifest: Manifest, isForced: boolean): Promise<void> {
  const next = `${path}.next`;
  try {
    const handle = await createOwn(next);
    try {
      await handle.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await giveName(next, path, isForced);
  } catch (cause) {
    await rm(next, { force: true }).catch(() => undefined);
    throw new ExportError(
      `--manifest ${path} cannot be written: ${messageOf(cause)}. The export itself is there; for both, run the same command again with --force.`,
      { cause },
    );
  }
}

/** The same for people, a line each. */
export function describeManifest(manifest: Manifest): string[] {
  const { file, bytes, records, first, last, sha256, search, from, to, takenInBy, store, database } =
    manifest;
  const span = records === 0 ? '' : `, ${first} to ${last}`;
  const period = from === '' && to === '' ? 'everything' : `${from || 'the beginning'} to ${to || 'now'}`;
  return [
    `${file}: ${counted(records)}${span}, ${bytes} bytes`,
    `sha256: ${sha256}`,
    `search: ${search === '' ? '(everything)' : search}; period: ${period}; taken in by ${takenInBy}`,
    `store: ${store}, database ${database}`,
    `check: ${manifest.check}`,
    `evidence: ${manifest.evidence}, then audit-register verify --archive evidence.archive`,
  ];
}

function counted(records: number): string {
  return `${records} record${records === 1 ? '' : 's'}`;
}

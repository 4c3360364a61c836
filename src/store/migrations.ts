import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DIRECTORY } from '../directory.js';
import { splitStatements } from './statements.js';

/** A numbered file of SQL. Once released it is never edited: a change is a new file. */
export interface Migration {
  /** Its number, by which migrations are ordered and remembered. */
  readonly version: number;
  /** File name without its ending, such as `0001_records`. */
  readonly name: string;
  /** SHA-256 in hex over the text, so that an edit is noticed. */
  readonly checksum: string;
  /** With the placeholder `{{database}}` still in. */
  readonly text: string;
}

const FILE_NAME = /^(\d{4})_\w+\.sql$/;

/** @param directory Where the files are; those of this package unless given. */
export function loadMigrations(
  directory: string = join(DIRECTORY, 'store/migrations'),
): readonly Migration[] {
  return readdirSync(directory)
    .filter((file) => FILE_NAME.test(file))
    .sort()
    .map((file) => readMigration(directory, file));
}

function readMigration(directory: string, file: string): Migration {
  // A checkout on Windows must not look like an edit.
  const text = readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n');
  return {
    version: Number(file.slice(0, 4)),
    name: file.replace(/\.sql$/, ''),
    checksum: createHash('sha256').update(text).digest('hex'),
    text,
  };
}

/** The statements of SQL text, for one database. */
export function statementsFor(database: string, text: string): string[] {
  return splitStatements(text.replaceAll('{{database}}', quoteName(database)));
}

/** A name as ClickHouse takes it anywhere; plain names stay as they are, to be readable. */
export function quoteName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreUser } from '../store/grants.js';
import { messageOf } from '../errors.js';
import { EngineDirectoryError } from './errors.js';

export type Passwords = Readonly<Record<StoreUser, string>>;

export interface Credentials {
  readonly passwords: Passwords;
  /** Users whose password was made up by this start, so that it can be told once. */
  readonly made: readonly StoreUser[];
}

const FILE = 'credentials.json';
const USERS: readonly StoreUser[] = ['audit_writer', 'audit_reader'];
const PASSWORD_BYTES = 18;

/** Passwords that were given, else those kept in the directory, else new ones. Writes nothing. */
export function chooseCredentials(
  directory: string,
  given: Readonly<Partial<Record<StoreUser, string | undefined>>>,
): Credentials {
  const kept = readKept(directory);
  const made = USERS.filter((user) => given[user] === undefined && kept[user] === undefined);
  const choose = (user: StoreUser): string =>
    given[user] ?? kept[user] ?? randomBytes(PASSWORD_BYTES).toString('base64url');
  return {
    passwords: { audit_writer: choose('audit_writer'), audit_reader: choose('audit_reader') },
    made,
  };
}

/** Keeps them for the next start, for the owner's eyes only. To be called by whoever holds the directory. */
export function keepCredentials(directory: string, passwords: Passwords): void {
  const path = join(directory, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function readKept(directory: string): Partial<Passwords> {
  const text = readIfThere(join(directory, FILE));
  if (text === undefined) return {};
  try {
    const kept = JSON.parse(text) as Partial<Passwords>;
    if (USERS.some((user) => kept[user] !== undefined && typeof kept[user] !== 'string'))
      throw new TypeError();
    return kept;
  } catch {
    throw new EngineDirectoryError(
      directory,
      `its ${FILE} does not hold the passwords of audit_writer and audit_reader; remove that file to get new ones`,
    );
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new EngineDirectoryError(path, messageOf(error), { cause: error });
  }
}

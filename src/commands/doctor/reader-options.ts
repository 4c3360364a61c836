import { secretsOfUrl } from '../../config/told-settings.js';
import { readSecretFile } from '../secret-file.js';

export interface ReaderOptions {
  readonly readerUrl?: string;
  readonly readerUser?: string;
  readonly readerPasswordFile?: string;
}

/** Somebody who may read; what is missing is that of the writer, or in the address. */
export interface ReaderAddress {
  readonly url: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** @throws ConfigurationError when the file of the password cannot be read. */
export function readReader(
  { readerUrl, readerUser, readerPasswordFile }: ReaderOptions,
  cwd: string,
): ReaderAddress | undefined {
  if (readerUrl === undefined && readerUser === undefined && readerPasswordFile === undefined)
    return undefined;
  const password =
    readerPasswordFile === undefined
      ? undefined
      : readSecretFile(readerPasswordFile, '--reader-password-file', cwd);
  return { url: readerUrl, user: readerUser, password };
}

/** What must never be shown. */
export function secretsOfReader(reader: ReaderAddress | undefined): readonly string[] {
  return [...secretsOfUrl(reader?.url ?? ''), reader?.password ?? ''];
}

/** Arguments can be seen by whoever is on the machine. */
export function tellOpenPassword(reader: ReaderAddress | undefined, say: (line: string) => void): void {
  const address = reader?.url ?? '';
  if (!URL.canParse(address) || new URL(address).password === '') return;
  say(
    'audit-register: others on this machine can see the password in --reader-url; give --reader-user and --reader-password-file instead.',
  );
}

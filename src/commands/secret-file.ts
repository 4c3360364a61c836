import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError, messageOf } from '../errors.js';

const READ_BY_OTHERS = 0o044;

/** A secret that an option names by its file, for arguments can be seen by others; without the end of its line. */
export function readSecretFile(file: string, option: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new ConfigurationError(`${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Whether users other than its owner may read it. Windows does not say. */
export function isReadByOthers(file: string, cwd: string): boolean {
  return process.platform !== 'win32' && (statSync(resolve(cwd, file)).mode & READ_BY_OTHERS) !== 0;
}

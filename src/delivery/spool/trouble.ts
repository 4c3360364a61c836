import { messageOf } from '../../errors.js';
import type { Spool } from './spool.js';

/** What is said of a spool whose disk hangs. */
export function spoolIsStuck({ path }: Spool): string {
  return `the spool ${path} does not answer (set AUDIT_REGISTER_SPOOL_DIR to a disk that does)`;
}

/** What is said of a spool that cannot be written, with what mends it where the file system says why. */
export function explainTrouble(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined) return messageOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `${messageOf(error)} (free space, or set AUDIT_REGISTER_SPOOL_DIR)`;
  // NOTE: a directory that is not there yet is one for the permission model only with the star.
  if (code === 'ERR_ACCESS_DENIED')
    return `${messageOf(error)} (--allow-fs-write=<directory>/*, or set AUDIT_REGISTER_SPOOL_DIR)`;
  return `${messageOf(error)} (mend it, or set AUDIT_REGISTER_SPOOL_DIR)`;
}

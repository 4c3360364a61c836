import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { AuditRegisterError } from '../../errors.js';

/** The spool belongs to another user. */
class SpoolOwnerError extends AuditRegisterError {
  constructor(path: string, uid: number) {
    super(
      'ERR_AUDIT_SPOOL_OWNER',
      `${path} belongs to another user (uid ${uid}); name a directory of this user's own in AUDIT_REGISTER_SPOOL_DIR`,
    );
    this.name = 'SpoolOwnerError';
  }
}

/** NOTE: a spool among the temporary files can be prepared by anybody: what another user put there is not sent as ours. */
export function isOurs(stat: Stats): boolean {
  return stat.isDirectory() && stat.uid === (process.getuid?.() ?? stat.uid);
}

/** @throws SpoolOwnerError; the error of the file system */
export function requireOurs(directory: string): void {
  const stat = lstatSync(directory);
  if (!isOurs(stat)) throw new SpoolOwnerError(directory, stat.uid);
}

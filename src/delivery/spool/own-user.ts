import type { Stats } from 'node:fs';
import { AuditRegisterError } from '../../errors.js';
import { disk } from './disk-steps.js';
import type { Steps } from './disk-steps.js';

/** The spool belongs to another user, or others may change it. */
export class SpoolOwnerError extends AuditRegisterError {
  constructor(path: string, what: string) {
    super(
      'ERR_AUDIT_SPOOL_OWNER',
      `${path} ${what}; name a directory of this user's own in AUDIT_REGISTER_SPOOL_DIR`,
    );
    this.name = 'SpoolOwnerError';
  }
}

/**
 * Who this process is to the file system. A spool among the temporary files can be prepared by anybody: what another user
 * put there is not sent as ours.
 */
export class OwnUser {
  #shown: number | undefined;

  /** NOTE: some file systems (NFS with root_squash, CIFS) show another owner for whatever this process makes. */
  learn(made: Stats): void {
    this.#shown = made.uid;
  }

  owns(stat: Stats): boolean {
    return stat.isDirectory() && (stat.uid === (process.geteuid?.() ?? stat.uid) || stat.uid === this.#shown);
  }

  /** @throws SpoolOwnerError; the error of the file system */
  *require(directory: string): Steps<void> {
    const stat = yield* disk.lstat(directory);
    if (!this.owns(stat)) throw new SpoolOwnerError(directory, describe(stat));
  }
}

function describe(stat: Stats): string {
  return stat.isDirectory() ? `belongs to another user (uid ${stat.uid})` : 'is no directory of its own';
}

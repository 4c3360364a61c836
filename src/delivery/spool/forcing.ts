import { AuditRegisterError } from '../../errors.js';
import { hasCode } from './fs-error.js';

/** Somebody demands what this process may not do. */
export class ForcingDeniedError extends AuditRegisterError {
  constructor() {
    super(
      'ERR_AUDIT_FORCING_DENIED',
      "Node's permission model (--permission) does not let a process force anything to disk; set AUDIT_REGISTER_FSYNC to interval or never, or start Node without it",
    );
    this.name = 'ForcingDeniedError';
  }
}

/** NOTE: of the process: what the permission model denies once, it denies for good. */
let isDenied = false;

/** Whether it has turned out that this process may not force anything to disk. */
export function isForcingDenied(): boolean {
  return isDenied;
}

/** Forces to disk where that is allowed. @returns false where it is not. @throws the error of the file system */
export async function forced(force: () => Promise<void>): Promise<boolean> {
  try {
    await force();
    return true;
  } catch (error) {
    return denied(error);
  }
}

/** The same, at once. */
export function forcedNow(force: () => void): boolean {
  try {
    force();
    return true;
  } catch (error) {
    return denied(error);
  }
}

function denied(error: unknown): false {
  if (!hasCode(error, 'ERR_ACCESS_DENIED')) throw error;
  isDenied = true;
  return false;
}

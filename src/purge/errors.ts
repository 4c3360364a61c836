import { AuditRegisterError } from '../errors.js';

export type PurgeErrorCode =
  'ERR_AUDIT_PURGE_FILTER' | 'ERR_AUDIT_PURGE_ALTERED' | 'ERR_AUDIT_PURGE_KEY' | 'ERR_AUDIT_PURGE_STORE';

/** A purge that is not made, or not made to its end. What it has announced is told by the same command, run again. */
export class PurgeError extends AuditRegisterError {
  declare readonly code: PurgeErrorCode;

  constructor(code: PurgeErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = 'PurgeError';
  }
}

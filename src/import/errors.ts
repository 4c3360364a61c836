import { AuditRegisterError, messageOf } from '../errors.js';

export type ImportErrorCode =
  | 'ERR_AUDIT_IMPORT_DRIVER'
  | 'ERR_AUDIT_IMPORT_SOURCE'
  | 'ERR_AUDIT_IMPORT_RETENTION'
  | 'ERR_AUDIT_IMPORT_STORE';

/** An import that cannot go on. What was brought over stays; the same command goes on from there. */
export class ImportError extends AuditRegisterError {
  declare readonly code: ImportErrorCode;

  constructor(code: ImportErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = 'ImportError';
  }
}

/** Says what the source refused. NOTE: without its address, which may hold a password. */
export function sourceError(what: string, error: unknown): ImportError {
  if (error instanceof ImportError) return error;
  return new ImportError('ERR_AUDIT_IMPORT_SOURCE', `${what}: ${messageOf(error)}`, { cause: error });
}

import { AuditRegisterError } from '../errors.js';

/** The export cannot be written, or not go on. The message says what to do. */
export class ExportError extends AuditRegisterError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_AUDIT_EXPORT', message, options);
    this.name = 'ExportError';
  }
}

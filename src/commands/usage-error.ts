import { AuditRegisterError } from '../errors.js';

/** The command was used wrongly: an argument that cannot be understood. */
export class UsageError extends AuditRegisterError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_AUDIT_USAGE', message, options);
    this.name = 'UsageError';
  }
}

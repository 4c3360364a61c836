import { AuditRegisterError } from '../../errors.js';

/** The spool holds as much as it may. */
export class SpoolFullError extends AuditRegisterError {
  constructor(maxBytes: number) {
    super(
      'ERR_AUDIT_SPOOL_FULL',
      `the spool holds its ${maxBytes} bytes (AUDIT_REGISTER_SPOOL_MAX_BYTES) until the sink takes some of them`,
    );
    this.name = 'SpoolFullError';
  }
}

import { AuditRegisterError } from '../errors.js';

/** A search that cannot be read. The message says what was meant or what to write instead. */
export class SearchError extends AuditRegisterError {
  /** Where in the text the trouble begins, counted from 0. */
  readonly position: number;

  constructor(message: string, position: number, options?: ErrorOptions) {
    super('ERR_AUDIT_SEARCH', message, options);
    this.name = 'SearchError';
    this.position = position;
  }
}

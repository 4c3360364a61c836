import { AuditRegisterError } from '../errors.js';

export type RefusalCode =
  | 'ERR_AUDIT_EXPLORER_HOST'
  | 'ERR_AUDIT_EXPLORER_METHOD'
  | 'ERR_AUDIT_EXPLORER_CROSS_SITE'
  | 'ERR_AUDIT_EXPLORER_TOKEN'
  | 'ERR_AUDIT_EXPLORER_PARAMETER'
  | 'ERR_AUDIT_EXPLORER_DEFECT'
  | 'ERR_AUDIT_EXPLORER_NOT_FOUND'
  | 'ERR_AUDIT_EXPLORER_BUSY'
  | 'ERR_AUDIT_EXPLORER_SLOW'
  | 'ERR_AUDIT_EXPLORER_TABLES'
  | 'ERR_AUDIT_EXPLORER_HTTP_VERSION';

export interface RefusalOptions extends ErrorOptions {
  /** What to do about it. */
  readonly mend?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** More for a program: the parameter, the position in the search. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** What the explorer does not do, as HTTP says it. */
export class Refusal extends AuditRegisterError {
  declare readonly code: RefusalCode;
  readonly status: number;
  readonly mend: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(status: number, code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(code, message, options);
    this.name = 'Refusal';
    this.status = status;
    this.mend = options.mend;
    this.headers = options.headers ?? {};
    this.details = options.details ?? {};
  }
}

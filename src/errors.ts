/** Exit codes of the commands and of a preload that refuses to start. */
export const EXIT = { good: 0, finding: 1, usage: 2, configuration: 78 } as const;

/** Base of every error this package throws. `code` is stable, the message is for people. */
export class AuditRegisterError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AuditRegisterError';
    this.code = code;
  }
}

/** A setting that cannot be used. The message names the setting and how to mend it. */
export class ConfigurationError extends AuditRegisterError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_AUDIT_CONFIGURATION', message, options);
    this.name = 'ConfigurationError';
  }
}

/** The text of anything that was thrown, without ever throwing itself. */
export function messageOf(error: unknown): string {
  try {
    if (error instanceof AggregateError && error.message === '' && error.errors.length > 0) {
      return messageOf(error.errors[0]);
    }
    if (error instanceof Error) return error.message === '' ? error.name : error.message;
    return String(error);
  } catch {
    return 'an error that cannot be described';
  }
}

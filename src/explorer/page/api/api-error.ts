const PERMISSION_CODES = new Set(['ERR_AUDIT_STORE_DENIED', 'ERR_AUDIT_STORE_CREDENTIALS']);

/** Why the server could not answer, in words for the reader, and what mends it. */
export class ApiError extends Error {
  readonly code: string;
  readonly mend: string;
  readonly status: number;
  /** Where in the search it went wrong; undefined where it is not about the search. */
  readonly position: number | undefined;

  constructor(
    code: string,
    message: string,
    more: { mend?: string; status?: number; position?: number } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.mend = more.mend ?? '';
    this.status = more.status ?? 0;
    this.position = more.position;
  }

  get isAboutSearch(): boolean {
    return this.code === 'ERR_AUDIT_SEARCH';
  }

  get isAboutPermission(): boolean {
    return this.status === 401 || this.status === 403 || PERMISSION_CODES.has(this.code);
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

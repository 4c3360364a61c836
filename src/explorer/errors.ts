import { AuditRegisterError } from '../errors.js';

const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be used by this user',
};

/** The explorer cannot listen where it was told to. */
export class ExplorerAddressError extends AuditRegisterError {
  /** @param portOption Which option of the command chooses the port. */
  constructor(host: string, port: number, portOption: string, cause: NodeJS.ErrnoException) {
    const { code = '', message } = cause;
    const isOfHost = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
    super(
      'ERR_AUDIT_EXPLORER_ADDRESS',
      isOfHost
        ? `The explorer cannot be served at ${host}: this machine has no such address (${code}). Choose another with --host.`
        : `Port ${port} on ${host} ${PROBLEMS[code] ?? `cannot be used (${message})`}. Choose another with ${portOption} (0 takes any that is free).`,
      { cause },
    );
    this.name = 'ExplorerAddressError';
  }
}

import { AuditRegisterError } from '../errors.js';

/** The packages the engine comes in, at the versions it was tested with. */
export const INSTALL_COMMAND = 'npm install --save-dev chdb@3.4.0 ffi-rs@1.3.7';

/** `chdb` or `ffi-rs` is not installed: they are optional, nobody needs them in production. */
export class EnginePackagesMissingError extends AuditRegisterError {
  constructor(problem: string) {
    super(
      'ERR_AUDIT_ENGINE_PACKAGES',
      `The embedded ClickHouse needs two packages that are not installed (${problem}). Install them: ${INSTALL_COMMAND}`,
    );
    this.name = 'EnginePackagesMissingError';
  }
}

/** There is no engine for this platform, or its library does not load. */
export class EngineLibraryError extends AuditRegisterError {
  constructor(problem: string) {
    super(
      'ERR_AUDIT_ENGINE_LIBRARY',
      `The embedded ClickHouse has no library that works on ${process.platform}-${process.arch} (${problem}). It runs on Linux with glibc and on macOS; elsewhere set AUDIT_REGISTER_CLICKHOUSE_URL to a ClickHouse server. Where it should run, install it with its optional packages: ${INSTALL_COMMAND}`,
    );
    this.name = 'EngineLibraryError';
  }
}

/** Another server has the data directory. */
export class EngineDirectoryInUseError extends AuditRegisterError {
  constructor(directory: string) {
    super(
      'ERR_AUDIT_ENGINE_DIRECTORY_IN_USE',
      `Another embedded ClickHouse runs on the data directory ${directory}. Stop it, or choose another directory with --data-dir.`,
    );
    this.name = 'EngineDirectoryInUseError';
  }
}

/** The data directory cannot be made, read or written. */
export class EngineDirectoryError extends AuditRegisterError {
  constructor(directory: string, problem: string, options?: ErrorOptions) {
    super(
      'ERR_AUDIT_ENGINE_DIRECTORY',
      `The data directory ${directory} cannot be used: ${problem}. Choose a directory that this user may write with --data-dir.`,
      options,
    );
    this.name = 'EngineDirectoryError';
  }
}

/** Options of `audit-register dev` that choose a port. */
export type PortFlag = '--port' | '--tcp-port' | '--explorer-port';

/** A port cannot be listened on. */
export class EnginePortError extends AuditRegisterError {
  constructor(port: number, flag: PortFlag, problem: string) {
    super(
      'ERR_AUDIT_ENGINE_PORT',
      `Port ${port} on 127.0.0.1 ${problem}. Choose another with ${flag} (0 takes any that is free).`,
    );
    this.name = 'EnginePortError';
  }
}

/** The engine ended or kept silent while it was started. */
export class EngineStartError extends AuditRegisterError {
  constructor(problem: string, options?: ErrorOptions) {
    super('ERR_AUDIT_ENGINE_START', `The embedded ClickHouse did not start: ${problem}`, options);
    this.name = 'EngineStartError';
  }
}

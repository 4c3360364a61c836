import type { LogLevel } from './config/config.js';

const ORDER: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug'];

/** What this package says of itself, one line each, on standard error. */
export interface Log {
  readonly error: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly info: (message: string) => void;
  readonly debug: (message: string) => void;
}

/** @param write Takes a whole line; standard error unless given. */
export function createLog(level: LogLevel, write: (line: string) => void = writeToStderr): Log {
  const at = (own: LogLevel) => {
    if (ORDER.indexOf(own) > ORDER.indexOf(level)) return () => {};
    return (message: string) => write(`audit-register: ${message.replaceAll('\n', ' ')}\n`);
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** `1 record`, `2 records`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function writeToStderr(line: string): void {
  try {
    process.stderr.write(line);
  } catch {
    // A closed standard error is no reason to disturb the application.
  }
}

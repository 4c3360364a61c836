import type { Writable } from 'node:stream';
import type { LogLevel } from './config/config.js';
import { setImmediate } from './timers.js';

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
  writeQuietly(process.stderr, line, () => {});
}

/**
 * Writes to a stream of the process whose other end may be gone: that is no reason to end the application, which an
 * `error` event without a listener would do. Done as Node's own console does it.
 *
 * @param done Told of the outcome, as by `write`.
 */
export function writeQuietly(stream: Writable, text: string, done: (error?: Error | null) => void): void {
  const ignore = (): void => {};
  stream.once('error', ignore);
  try {
    stream.write(text, (error) => {
      // NOTE: the event follows the callback.
      setImmediate(() => stream.removeListener('error', ignore));
      done(error);
    });
  } catch (error) {
    stream.removeListener('error', ignore);
    done(error as Error);
  }
}

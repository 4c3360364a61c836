import { constants, openSync } from 'node:fs';

type Ffi = typeof import('ffi-rs');

const STDIN_FD = 0;

/** Both ends of a pseudo-terminal. */
export interface PseudoTerminal {
  /** What is written there is typed, what is read from there was shown. */
  readonly master: number;
  /** Of the end that programs have. */
  readonly path: string;
}

/** Not as the controlling terminal: closing it must not send a hang-up. */
export const TERMINAL_FLAGS = constants.O_RDWR | constants.O_NOCTTY;

/**
 * Puts a pseudo-terminal in the place of standard input.
 *
 * @returns The file descriptor of its other end: what is written there is typed.
 */
export function openTerminal(ffi: Ffi): number {
  const { master, path } = createPseudoTerminal(ffi);
  call(ffi, 'dup2', openSync(path, TERMINAL_FLAGS), STDIN_FD);
  return master;
}

/** Makes a pseudo-terminal by the POSIX functions of the C library in this process. */
export function createPseudoTerminal(ffi: Ffi): PseudoTerminal {
  const { I32, String: Text } = ffi.DataType;
  ffi.open({ library: 'c', path: '' });
  const master = call(ffi, 'posix_openpt', TERMINAL_FLAGS);
  call(ffi, 'grantpt', master);
  call(ffi, 'unlockpt', master);
  const path = ffi.load({
    library: 'c',
    funcName: 'ptsname',
    retType: Text,
    paramsType: [I32],
    paramsValue: [master],
  });
  return { master, path };
}

function call(ffi: Ffi, funcName: string, ...args: number[]): number {
  const { I32 } = ffi.DataType;
  const result = ffi.load({
    library: 'c',
    funcName,
    retType: I32,
    paramsType: args.map(() => I32),
    paramsValue: args,
  });
  if (result < 0) throw new Error(`${funcName} failed: no pseudo-terminal can be made`);
  return result;
}

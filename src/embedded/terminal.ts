import { constants, openSync } from 'node:fs';

type Ffi = typeof import('ffi-rs');

const STDIN_FD = 0;

/**
 * Puts a pseudo-terminal in the place of standard input, by the POSIX functions of the C library in this process.
 *
 * @returns The file descriptor of its other end: what is written there is typed.
 */
export function openTerminal(ffi: Ffi): number {
  const { I32, String: Text } = ffi.DataType;
  ffi.open({ library: 'c', path: '' });
  const call = (funcName: string, ...args: number[]): number => {
    const result = ffi.load({
      library: 'c',
      funcName,
      retType: I32,
      paramsType: args.map(() => I32),
      paramsValue: args,
    });
    if (result < 0) throw new Error(`${funcName} failed: no pseudo-terminal can be made`);
    return result;
  };
  // Not as the controlling terminal: closing it must not send a hang-up.
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  const master = call('posix_openpt', flags);
  call('grantpt', master);
  call('unlockpt', master);
  const path = ffi.load({
    library: 'c',
    funcName: 'ptsname',
    retType: Text,
    paramsType: [I32],
    paramsValue: [master],
  });
  call('dup2', openSync(path, flags), STDIN_FD);
  return master;
}

import { stopEverything } from './watched-process.ts';

/** What ends a program from outside, and the exit code that says so. */
const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const BROKEN_PIPE = 141;

/** Ctrl-C, a polite kill, or a terminal that was closed. */
export interface Interruption {
  /** Exit code that names the cause; 0 as long as there was none. */
  readonly exitCode: number;
  /** Resolves when there was one and everything has stopped. */
  readonly happened: Promise<void>;
  /** To be called before anything that should not follow an interruption. */
  throwIfHappened(): void;
}

/** The first signal stops everything in order. A second one does not wait for it: the guards finish the work. */
export function listenForInterruption(): Interruption {
  const { promise: happened, resolve, reject } = withResolvers();
  let exitCode = 0;
  const interrupt = (code: number): void => {
    if (exitCode !== 0) process.exit(exitCode);
    exitCode = code;
    if (code !== BROKEN_PIPE) console.log('\nStopping …');
    stopEverything().then(resolve, reject);
  };
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => interrupt(code));
  process.stdout.on('error', () => {
    if (exitCode === 0) interrupt(BROKEN_PIPE);
  });
  return {
    get exitCode() {
      return exitCode;
    },
    happened,
    throwIfHappened() {
      if (exitCode !== 0) throw new Error('The demo was interrupted.');
    },
  };
}

function withResolvers() {
  let resolve = (): void => {};
  let reject = (_reason: unknown): void => {};
  const promise = new Promise<void>((res, rej) => {
    [resolve, reject] = [res, rej];
  });
  return { promise, resolve, reject };
}

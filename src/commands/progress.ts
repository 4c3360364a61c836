/** How often a terminal is drawn on. */
const REDRAW_MILLIS = 100;
const BAR_CHARACTERS = 30;
/** Work that is done sooner needs no progress. */
const QUIET_MILLIS = 1_000;
const STEP_PERCENT = 10;

export interface Progress {
  readonly update: (done: number, of: number) => void;
  /** Leaves the line to what comes next. */
  readonly end: () => void;
}

/** Shows how far long work is: a bar on a terminal, else a line every ten percent. */
export function createProgress(
  what: string,
  say: (line: string) => void,
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): Progress {
  const beganAt = Date.now();
  return stream.isTTY ? createBar(what, stream, beganAt) : createLines(what, say, beganAt);
}

function createBar(what: string, stream: Pick<NodeJS.WriteStream, 'write'>, beganAt: number): Progress {
  let drawnAt = beganAt + QUIET_MILLIS;
  let isDrawn = false;
  return {
    update: (done, of) => {
      const now = Date.now();
      if (now < drawnAt) return;
      drawnAt = now + REDRAW_MILLIS;
      isDrawn = true;
      const full = Math.floor((BAR_CHARACTERS * percentOf(done, of)) / 100);
      const bar = '█'.repeat(full) + '░'.repeat(BAR_CHARACTERS - full);
      stream.write(`\r${what} ${bar} ${percentOf(done, of)} %`);
    },
    end: () => {
      if (isDrawn) stream.write('\r\u001B[K');
    },
  };
}

function createLines(what: string, say: (line: string) => void, beganAt: number): Progress {
  let next = STEP_PERCENT;
  return {
    update: (done, of) => {
      const percent = percentOf(done, of);
      if (percent < next || Date.now() - beganAt < QUIET_MILLIS) return;
      next = percent - (percent % STEP_PERCENT) + STEP_PERCENT;
      say(`${what}: ${percent} %`);
    },
    end: () => undefined,
  };
}

function percentOf(done: number, of: number): number {
  return of === 0 ? 100 : Math.floor((100 * done) / of);
}

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

/** Shows how far long work is, how fast it goes and what is left: a bar on a terminal, else a line every ten percent. */
export function createProgress(
  what: string,
  say: (line: string) => void,
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): Progress {
  const beganAt = Date.now();
  const pace = createPace(beganAt);
  return stream.isTTY ? createBar(what, stream, beganAt, pace) : createLines(what, say, beganAt, pace);
}

type Pace = (done: number, of: number) => string;

function createBar(
  what: string,
  stream: Pick<NodeJS.WriteStream, 'write'>,
  beganAt: number,
  pace: Pace,
): Progress {
  let drawnAt = beganAt + QUIET_MILLIS;
  let isDrawn = false;
  return {
    update: (done, of) => {
      const now = Date.now();
      const pacing = pace(done, of);
      if (now < drawnAt) return;
      drawnAt = now + REDRAW_MILLIS;
      isDrawn = true;
      const full = Math.floor((BAR_CHARACTERS * percentOf(done, of)) / 100);
      const bar = '█'.repeat(full) + '░'.repeat(BAR_CHARACTERS - full);
      stream.write(`\r${what} ${bar} ${percentOf(done, of)} %${pacing}\u001B[K`);
    },
    end: () => {
      if (isDrawn) stream.write('\r\u001B[K');
    },
  };
}

function createLines(what: string, say: (line: string) => void, beganAt: number, pace: Pace): Progress {
  let next = STEP_PERCENT;
  return {
    update: (done, of) => {
      const percent = percentOf(done, of);
      const pacing = pace(done, of);
      if (percent < next || Date.now() - beganAt < QUIET_MILLIS) return;
      next = percent - (percent % STEP_PERCENT) + STEP_PERCENT;
      say(`${what}: ${percent} %${pacing}`);
    },
    end: () => undefined,
  };
}

/** How fast it goes and what is left. What was done before the first word of it, by an earlier run, does not count. */
function createPace(beganAt: number): Pace {
  let doneBefore: number | undefined;
  return (done, of) => {
    doneBefore ??= done;
    const seconds = (Date.now() - beganAt) / 1_000;
    const rate = (done - doneBefore) / seconds;
    if (!(rate > 0) || !Number.isFinite(rate)) return '';
    return `, ${Math.round(rate).toLocaleString('en')}/s, ${lengthOf((of - done) / rate)} left`;
  };
}

function lengthOf(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 90) return `${whole} s`;
  return whole < 5_400 ? `${Math.round(whole / 60)} min` : `${(whole / 3_600).toFixed(1)} h`;
}

function percentOf(done: number, of: number): number {
  return of === 0 ? 100 : Math.floor((100 * done) / of);
}

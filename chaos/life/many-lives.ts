import type { Random } from '../random.ts';
import type { Ending } from './ending.ts';
import { liveOnce } from './one-life.ts';
import type { Moment } from './one-life.ts';
import type { Run } from './run.ts';

export interface ManyLives {
  readonly random: Random;
  /** Processes at the same time: while one starts another one is ended. */
  readonly slots: number;
  readonly connections: number;
  readonly kinds: readonly [Ending, ...Ending[]];
  /** Whether one more is begun. */
  readonly isWanted: (begun: number) => boolean;
  /** How many requests a life that gets to serve should see in the mean. */
  readonly meanRequests: (begun: number) => number;
  /** A life that gets no further, for example because its requests are refused, is ended all the same. */
  readonly mostLifeMillis?: number;
  readonly tell: (text: string) => void;
  /** After that no more is begun. */
  readonly mostSeconds: number;
}

/** One life in so many ends while it starts. */
export const STARTS_ONE_IN = 5;
/** About as long as a start takes on a busy machine. */
const START_MILLIS = 700;
/** After the last counted request: in the middle of whatever it does then. */
const JITTER_MILLIS = 6;
const TELL_MILLIS = 15_000;

/** Starts, loads and ends processes again and again, for as long as they are wanted. */
export async function liveManyTimes(run: Run, options: ManyLives): Promise<void> {
  const { slots, isWanted, random, kinds, connections, mostLifeMillis = 60_000 } = options;
  const deadline = performance.now() + options.mostSeconds * 1000;
  let begun = 0;
  const slot = async (): Promise<void> => {
    while (performance.now() < deadline && isWanted(begun)) {
      begun += 1;
      await liveOnce(run, {
        moment: drawMoment(random, options.meanRequests(begun)),
        ending: random.pick(kinds),
        connections,
        mostMillis: Math.min(mostLifeMillis, Math.max(1, deadline - performance.now())),
      });
    }
  };
  const teller = setInterval(
    () => options.tell(`  … ${run.name}: ${begun} lives, ${run.ledger.acknowledged} requests acknowledged`),
    TELL_MILLIS,
  );
  await Promise.all(Array.from({ length: slots }, slot)).finally(() => clearInterval(teller));
}

/** The same for as long as something else is done. */
export async function liveDuring(
  run: Run,
  options: Omit<ManyLives, 'isWanted'>,
  doing: () => Promise<void>,
): Promise<void> {
  let isOver = false;
  const lives = liveManyTimes(run, { ...options, isWanted: () => !isOver });
  await doing().finally(() => {
    isOver = true;
  });
  await lives;
}

function drawMoment(random: Random, meanRequests: number): Moment {
  if (random.isOneIn(STARTS_ONE_IN)) return { kind: 'after start', millis: random.between(0, START_MILLIS) };
  const requests = 1 + Math.floor(random.fraction() * 2 * meanRequests);
  return { kind: 'after requests', requests, millis: random.between(0, JITTER_MILLIS) };
}

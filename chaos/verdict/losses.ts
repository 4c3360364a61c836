import type { Run } from '../life/run.ts';

/** What the endings of a run cost, life by life. */
export interface Losses {
  /** Lives that lost at least one acknowledged request. */
  readonly lives: number;
  readonly mostPerLife: number;
  /** Over all lives, those included that lost nothing. */
  readonly meanPerLife: number;
  /** How long before the end the oldest lost request had been acknowledged, in milliseconds; 0 without a loss. */
  readonly oldestMillis: number;
}

export function measureLosses(run: Run, lost: readonly number[]): Losses {
  const perLife = new Map<number, number>();
  let oldestMillis = 0;
  for (const number of lost) {
    const life = run.ledger.lifeOf(number);
    perLife.set(life, (perLife.get(life) ?? 0) + 1);
    const age = (run.lives[life - 1]?.endedAt ?? 0) - run.ledger.acknowledgedAt(number);
    oldestMillis = Math.max(oldestMillis, age);
  }
  return {
    lives: perLife.size,
    mostPerLife: Math.max(0, ...perLife.values()),
    meanPerLife: lost.length / Math.max(1, run.lives.length),
    oldestMillis,
  };
}

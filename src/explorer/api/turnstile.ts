/** Lets so many in at once, and so many wait; the rest is refused. */
export interface TurnstileOptions {
  readonly most: number;
  readonly mostWaiting: number;
  /** What is thrown at whoever may not even wait. */
  readonly refuse: () => Error;
}

export class Turnstile {
  readonly #options: TurnstileOptions;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** @throws what `refuse` makes, and the reason of `signal` where it is aborted while waiting. */
  async pass<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inside < this.#options.most) {
      this.#inside += 1;
      return;
    }
    if (this.#waiting.size >= this.#options.mostWaiting) throw this.#options.refuse();
    await this.#turn(signal);
  }

  /** The place inside is handed over: whoever leaves does not count down. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason as Error);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#inside -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

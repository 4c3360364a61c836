/** Of how many requests one writes a row into PostgreSQL. */
export const SQL_EVERY = 5;

const FIRST_CAPACITY = 1 << 16;
/** `acknowledgedAt` of a request that was not acknowledged. */
const NEVER = 0;

/**
 * What the client knows of its requests: each has a number of its own, and counts as acknowledged only when its whole
 * response came with the right status.
 */
export class Ledger {
  #last = 0;
  #acknowledged = 0;
  #acknowledgedSql = 0;
  #refused = 0;
  #lives = new Uint32Array(FIRST_CAPACITY);
  #acknowledgedAt = new Float64Array(FIRST_CAPACITY);

  /** The number of the next request, sent to this life of a process. */
  begin(life: number): number {
    const number = (this.#last += 1);
    if (number >= this.#lives.length) this.#grow();
    this.#lives[number] = life;
    return number;
  }

  acknowledge(number: number): void {
    this.#acknowledgedAt[number] = performance.now();
    this.#acknowledged += 1;
    if (writesSql(number)) this.#acknowledgedSql += 1;
  }

  /** A whole response that was not the one of the application: 503 of a register that can keep no record. */
  refuse(): void {
    this.#refused += 1;
  }

  isAcknowledged(number: number): boolean {
    return number <= this.#last && this.#acknowledgedAt[number] !== NEVER;
  }

  /** In `performance.now()`. */
  acknowledgedAt(number: number): number {
    return this.#acknowledgedAt[number] ?? NEVER;
  }

  lifeOf(number: number): number {
    return this.#lives[number] ?? 0;
  }

  get sent(): number {
    return this.#last;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get acknowledgedSql(): number {
    return this.#acknowledgedSql;
  }

  get refused(): number {
    return this.#refused;
  }

  #grow(): void {
    const lives = new Uint32Array(this.#lives.length * 2);
    lives.set(this.#lives);
    this.#lives = lives;
    const times = new Float64Array(this.#acknowledgedAt.length * 2);
    times.set(this.#acknowledgedAt);
    this.#acknowledgedAt = times;
  }
}

export function writesSql(number: number): boolean {
  return number % SQL_EVERY === 0;
}

export function pathOf(number: number): string {
  return writesSql(number) ? `/sql/${number}` : `/plain/${number}`;
}

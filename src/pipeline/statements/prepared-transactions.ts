import type { ConnectionTransaction } from '../../sql/transaction.js';

/** Two-phase transactions that wait for their second phase, at most; the oldest is given up first. */
const PREPARED_TRANSACTIONS = 200;

/** Transactions after PREPARE TRANSACTION: any connection of the process may end them. */
export class PreparedTransactions {
  readonly #waiting = new Map<string, ConnectionTransaction>();

  /** NOTE: a name that is there already is of another server, so nobody can tell the two apart any more. */
  add(namespace: string, gid: string, transaction: ConnectionTransaction): void {
    const key = keyOf(namespace, gid);
    const known = this.#waiting.get(key);
    if (known !== undefined) {
      this.#waiting.delete(key);
      known.abandon();
      transaction.abandon();
      return;
    }
    this.#waiting.set(key, transaction);
    for (const [oldest, given] of this.#waiting) {
      if (this.#waiting.size <= PREPARED_TRANSACTIONS) break;
      this.#waiting.delete(oldest);
      given.abandon();
    }
  }

  /** The transaction of that name, which waits no longer. */
  take(namespace: string, gid: string): ConnectionTransaction | undefined {
    const key = keyOf(namespace, gid);
    const transaction = this.#waiting.get(key);
    this.#waiting.delete(key);
    return transaction;
  }

  /** Nobody waits any longer. */
  settle(): void {
    for (const transaction of this.#waiting.values()) transaction.abandon();
    this.#waiting.clear();
  }
}

function keyOf(namespace: string, gid: string): string {
  return `${namespace}\0${gid}`;
}

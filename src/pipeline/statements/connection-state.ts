import type { AnalysedStatement } from '../../sql/analyse.js';
import type { HeldBytes } from '../../sql/held-statements.js';
import { LOST_PATH, committedPath, currentPath } from '../../sql/search-path.js';
import { ConnectionTransaction } from '../../sql/transaction.js';
import type { ErrorFacts, QueryOrigin } from '../facts.js';
import { keyScopeAt } from './table-keys.js';
import type { KeyScope } from './table-keys.js';

/** Statements prepared by name on one connection that are remembered; the oldest is forgotten first. */
const PREPARED_STATEMENTS = 200;

/** What a connection knows of itself, from its own statements alone. */
export class ConnectionState {
  readonly #everywhere: HeldBytes;
  readonly #prepared = new Map<string, AnalysedStatement>();
  #keyScope: KeyScope | undefined;
  transaction: ConnectionTransaction;
  /** Where the latest query of the open transaction came from; undefined outside of one, so that no request is kept. */
  origin: QueryOrigin | undefined;
  /** Why its latest query has no answer, which may be why the connection goes. */
  trouble: ErrorFacts | undefined;

  constructor(everywhere: HeldBytes) {
    this.#everywhere = everywhere;
    this.transaction = new ConnectionTransaction(everywhere);
  }

  /** Empty where no statement has set it; undefined where one did, and it may be another one now. */
  get searchPath(): string | undefined {
    const path = currentPath(this.transaction.path);
    return path === LOST_PATH ? undefined : path;
  }

  /** Where the names of its tables are looked up. */
  keyScope(server: string, namespace: string): KeyScope {
    return (this.#keyScope = keyScopeAt(this.#keyScope, server, namespace, this.searchPath));
  }

  /** PREPARE TRANSACTION: it lives on without the connection, which is free for another one. */
  detachTransaction(): ConnectionTransaction {
    const detached = this.transaction;
    this.transaction = new ConnectionTransaction(this.#everywhere, committedPath(detached.path));
    return detached;
  }

  /** The PREPARE of that name. */
  prepared(name: string): AnalysedStatement | undefined {
    return this.#prepared.get(name);
  }

  /** NOTE: PostgreSQL keeps prepared statements when their transaction is rolled back. */
  prepare(name: string, statement: AnalysedStatement): void {
    this.#prepared.delete(name);
    for (const oldest of this.#prepared.keys()) {
      if (this.#prepared.size < PREPARED_STATEMENTS) break;
      this.#prepared.delete(oldest);
    }
    this.#prepared.set(name, statement);
  }

  /** @param name Empty for all of them. */
  deallocate(name: string): void {
    if (name === '') this.#prepared.clear();
    else this.#prepared.delete(name);
  }

  /** DISCARD ALL. */
  reset(): void {
    this.#prepared.clear();
    this.transaction.setPath('', false);
  }
}

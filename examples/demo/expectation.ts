/** A person or program as the register must see them. */
export interface ExpectedActor {
  readonly type: 'user' | 'anonymous' | 'system';
  readonly id: string;
  readonly name: string;
  readonly assurance: 'verified' | 'claimed' | 'invalid' | 'none';
}

/** A statement that must be on record. */
export interface ExpectedChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly table: string;
  readonly rows: number;
  /** Key of the row; left out where the statement names no single row. */
  readonly id?: string;
  readonly transaction: 'autocommit' | 'committed' | 'rolled_back';
}

/** A login or logout, or what was meant to be one, that must be on record. */
export interface ExpectedLogin {
  readonly action: 'login' | 'login_failed' | 'logout' | 'token_rejected';
  readonly outcome: 'success' | 'failure' | 'denied';
  /** The name that was tried. */
  readonly account: string;
  readonly actor: ExpectedActor;
}

/** A request that must be on record, with exactly these statements and logins. */
export interface ExpectedRequest {
  readonly correlationId: string;
  readonly actor: ExpectedActor;
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly status: number;
  readonly changes: readonly ExpectedChange[];
  readonly logins: readonly ExpectedLogin[];
}

export const NOBODY: ExpectedActor = { type: 'anonymous', id: '', name: '', assurance: 'none' };

/** What the shop does by itself, outside any request: it expires the order that was left open. */
export const BACKGROUND: { readonly actor: ExpectedActor; readonly change: ExpectedChange } = {
  actor: { type: 'system', id: 'shop', name: 'shop', assurance: 'none' },
  change: { action: 'update', table: 'orders', rows: 1, transaction: 'autocommit' },
};

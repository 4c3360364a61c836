/** What a reader asks of the register. */
export interface Search {
  /** What the search box holds: `actor:alice -outcome:success orders`. Empty for everything. */
  readonly text: string;
  /** Beginning of the period, in ISO 8601; empty for the beginning of everything. */
  readonly from: string;
  /** End of the period, excluded, in ISO 8601; empty for none. */
  readonly to: string;
}

/** Where a page begins: the last record of the one before. */
export interface Cursor {
  /** In ISO 8601, with nanoseconds. */
  readonly occurredAt: string;
  readonly recordId: string;
}

export interface Page {
  /** The newest first. */
  readonly records: readonly FoundRecord[];
  /** Undefined where nothing follows. */
  readonly next?: Cursor | undefined;
}

/**
 * A record as readers see it: every column of the register by its name, times in ISO 8601 with all their digits, numbers of
 * 64 bits as text, addresses as people write them (IPv4 as such, empty for the unknown one), and what only later records
 * tell: the actor of a statement that was written before the request was identified, and how its transaction ended.
 */
export type FoundRecord = Readonly<Record<string, FoundValue>> & {
  readonly record_id: string;
  readonly occurred_at: string;
  readonly category: string;
  readonly action: string;
  readonly outcome: string;
  /** `applied`, `rolled_back`, `failed` or `unknown` of a writing statement, else the record's own outcome. */
  readonly final_outcome: string;
  /** Whether the actor was known only after the record was written. */
  readonly actor_late: boolean;
};

export type FoundValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

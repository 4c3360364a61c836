import type { Entry } from './evidence.js';

/** What there is of a chain, in numbers as texts: a forger may have chosen any. */
export interface ChainBounds {
  readonly chain: string;
  readonly low: string;
  readonly high: string;
  readonly last: string;
  readonly entries: string;
}

/** An entry with the fields of `ENTRY_FIELDS`. */
export type EntryRow = Readonly<
  Record<
    | 'seal'
    | 'shortfall'
    | 'signature'
    | 'key_id'
    | 'chain'
    | 'number_text'
    | 'segment'
    | 'rows'
    | 'occurred_from_nanos'
    | 'occurred_to_nanos'
    | 'opened_at_micros'
    | 'sealed_at_micros'
    | 'service_name'
    | 'ingested_at_millis',
    string
  >
>;

export function toEntry(row: EntryRow, chain?: ChainBounds): Entry {
  return {
    certificate: {
      seal: row.seal,
      shortfall: row.shortfall,
      signature: row.signature,
      keyId: row.key_id,
    },
    columns: {
      chain: row.chain,
      number: Number(row.number_text),
      segment: row.segment,
      rows: Number(row.rows),
      occurredFrom: row.occurred_from_nanos,
      occurredTo: row.occurred_to_nanos,
      openedAt: row.opened_at_micros,
      sealedAt: row.sealed_at_micros,
      service: row.service_name,
    },
    ingestedAtMillis: Number(row.ingested_at_millis),
    isOutside: chain !== undefined && BigInt(row.number_text) < BigInt(chain.low),
    lastNumber: Number(chain?.last ?? row.number_text),
  };
}

/** NOTE: of a seal that is none it does not matter: it is told as forged. */
export function schemaOf({ certificate }: Entry): number {
  const match = /"schema":(\d{1,9})/.exec(certificate.seal);
  return Number(match?.[1] ?? 0);
}

/** NOTE: an entry of another chain may name the same segment, and must not stand in for the one whose it is. */
export function groupByPlace(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { chain, number, segment } = entry.columns;
    const place = `${chain}/${number}/${segment}`;
    const same = groups.get(place);
    if (same === undefined) groups.set(place, [entry]);
    else same.push(entry);
  }
  return [...groups.values()];
}

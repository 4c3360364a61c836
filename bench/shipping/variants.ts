/** Ways from records to rows of the table; all with the same records in the same batches, two inserts at once. */
export const SHIPPING_VARIANTS = {
  register: 'audit-register: encoded, digested, sealed, sent, certified',
  sealed: 'audit-register, sealed segments in memory: sent, certified',
  spool: 'audit-register, sealed segments in the spool: read, checked, sent, certified, removed',
  json: '`@clickhouse/client`, JSONEachRow',
  collector: 'audit-register’s OTLP sink, the collector’s queue on disk, its ClickHouse exporter',
} as const;

export type ShippingVariant = keyof typeof SHIPPING_VARIANTS;

/** What the sending process is asked for. */
export interface ShippingTask {
  readonly variant: ShippingVariant;
  /** Of ClickHouse, or of the collector. */
  readonly url: string;
  readonly batches: number;
  readonly rowsOfBatch: number;
  /** A place of its own on disk. */
  readonly directory: string;
}

export interface Shipped {
  /** Chain of the rows, by which they are found in the table. */
  readonly chain: string;
  readonly startedAtMillis: number;
  /** Until all of it was acknowledged. */
  readonly seconds: number;
  /** Of the sending process, all its threads. */
  readonly cpuMicros: number;
  readonly problems: readonly string[];
}

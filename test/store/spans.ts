import { randomBytes } from 'node:crypto';
import type { TestClickHouse } from '../support/clickhouse.ts';

/** A span as the collector's ClickHouse exporter inserts it; what is not given is empty. */
export interface GivenSpan {
  readonly Timestamp?: string;
  readonly TraceId?: string;
  readonly SpanId?: string;
  readonly ParentSpanId?: string;
  readonly SpanKind?: 'Server' | 'Client' | 'Internal';
  readonly ServiceName?: string;
  readonly ResourceAttributes?: Readonly<Record<string, string>>;
  readonly SpanAttributes?: Readonly<Record<string, string>>;
  readonly Duration?: number;
  readonly StatusCode?: 'Unset' | 'Ok' | 'Error';
  readonly StatusMessage?: string;
  /** Attributes of an event `exception`. */
  readonly exception?: Readonly<Record<string, string>>;
}

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');

/** Adds spans in one insert, as the exporter does. */
export async function addSpans(store: TestClickHouse, spans: readonly GivenSpan[]): Promise<void> {
  await store.client.insert({
    table: 'audit.otel_traces',
    values: spans.map(({ exception, ...span }) => ({
      Timestamp: '2026-11-20 12:00:00',
      TraceId: newTraceId(),
      SpanId: newSpanId(),
      ServiceName: 'orders',
      ...span,
      ...(exception !== undefined && {
        'Events.Timestamp': ['2026-11-20 12:00:00'],
        'Events.Name': ['exception'],
        'Events.Attributes': [exception],
      }),
    })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}

/** What waits to be added together, for an insert takes its time. */
let together: { readonly spans: GivenSpan[]; readonly added: Promise<void> } | undefined;

function addTogether(store: TestClickHouse, span: GivenSpan): Promise<void> {
  if (together === undefined) {
    const spans: GivenSpan[] = [];
    const added = new Promise((resolve) => setImmediate(resolve)).then(() => {
      together = undefined;
      return addSpans(store, spans);
    });
    together = { spans, added };
  }
  together.spans.push(span);
  return together.added;
}

/** The one record that a span becomes; undefined where it becomes none. */
export async function recordOf(
  store: TestClickHouse,
  span: GivenSpan,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const TraceId = newTraceId();
  await addTogether(store, { ...span, TraceId });
  const found = await store.query<Record<string, unknown>>(
    'SELECT * FROM audit.records WHERE trace_id = {trace:String}',
    { trace: TraceId },
  );
  if (found.length > 1) throw new Error(`${found.length} records of one span`);
  return found[0];
}

import { COLUMNS } from '../../src/record/columns.ts';
import { OTLP_ODD_IDS, OTLP_PLACES } from '../../src/record/otlp-attributes.ts';
import type { ReadLog, ReadValue } from './otlp-protobuf.ts';

/**
 * The row of `audit.records` that a log stands for, as the table of places has it: what the views behind the collector do.
 * Maps are pairs, as `decodeRows` gives them where it is asked.
 */
export function rowOf(log: ReadLog): Record<string, unknown> {
  return Object.fromEntries(COLUMNS.map(({ name, type }) => [name, typed(placed(log, name), type)]));
}

function placed(log: ReadLog, name: keyof typeof OTLP_PLACES): ReadValue | undefined {
  const place = OTLP_PLACES[name];
  if (place.in === 'attributes') return log.attributes.get(place.name);
  if (place.in === 'resource') return log.resource.get(place.name);
  if (place.name === 'time_unix_nano') return BigInt.asIntN(64, log.timeUnixNano);
  if (place.name === 'severity_text') return log.severityText;
  if (place.name === 'trace_id') return log.traceId || log.attributes.get(OTLP_ODD_IDS.trace_id);
  return log.spanId || log.attributes.get(OTLP_ODD_IDS.span_id);
}

function typed(value: ReadValue | undefined, type: string): unknown {
  if (type.startsWith('DateTime64')) return BigInt((value ?? 0n) as string | bigint);
  if (type.startsWith('UInt')) return Number(value ?? 0n);
  if (type.startsWith('Array')) return value ?? [];
  if (type.startsWith('Map')) return pairsOf((value ?? '{}') as string);
  if (type === 'UUID') return value ?? '00000000-0000-0000-0000-000000000000';
  return value ?? '';
}

/** NOTE: not by JSON.parse as a whole: it has its own order, and each name once. */
function pairsOf(json: string): (readonly [string, string])[] {
  const texts = (json.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((text) => JSON.parse(text) as string);
  return Array.from({ length: texts.length / 2 }, (_, index) => [texts[2 * index]!, texts[2 * index + 1]!]);
}

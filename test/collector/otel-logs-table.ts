import { buffer } from 'node:stream/consumers';
import type { ClickHouseClient } from '@clickhouse/client';
import { COLUMNS } from '../../src/record/columns.ts';
import type { OtlpLog } from './otlp-log.ts';

/** As the collector's exporter inserts: every attribute as text, lists as Go writes JSON. */
export async function insertLogs(client: ClickHouseClient, logs: readonly OtlpLog[]): Promise<void> {
  await client.insert({
    table: 'audit.otel_logs',
    format: 'JSONEachRow',
    values: logs.map((log) => ({
      Timestamp: nanosText(log.timeUnixNano ?? 0n),
      TraceId: log.traceId ?? '',
      SpanId: log.spanId ?? '',
      SeverityText: log.severityText ?? '',
      SeverityNumber: log.severityNumber ?? 0,
      ServiceName: String(log.resource['service.name'] ?? ''),
      Body: log.body ?? '',
      ResourceAttributes: texts(log.resource),
      LogAttributes: texts(log.attributes),
    })),
    clickhouse_settings: { async_insert: 0, input_format_json_read_numbers_as_strings: 1 },
  });
}

/** Rows of chains in the bytes of its digest, in their order. */
export async function bytesOfChain(client: ClickHouseClient, ...chains: readonly string[]): Promise<Buffer> {
  const { stream } = await client.exec({
    query: `SELECT ${COLUMNS.map(({ name }) => name).join(', ')} FROM audit.records
      WHERE chain_id IN ({chains: Array(UUID)}) ORDER BY chain_id, sequence FORMAT RowBinary`,
    query_params: { chains },
  });
  return buffer(stream);
}

/** NOTE: not by assignment, which would lose `__proto__`. */
function texts(attributes: OtlpLog['attributes']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === 'object' ? goJson(value) : String(value),
    ]),
  );
}

function goJson(list: readonly string[]): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(list.map((text) => text.toWellFormed())).replaceAll(/[<>&\u2028\u2029]/g, escape);
}

function nanosText(nanos: bigint): string {
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const second = new Date(Number((nanos - rest) / 1_000_000n)).toISOString().slice(0, 19);
  return `${second.replace('T', ' ')}.${String(rest).padStart(9, '0')}`;
}

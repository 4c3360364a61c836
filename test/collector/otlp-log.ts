import { COLUMNS } from '../../src/record/columns.ts';
import {
  OTLP_ODD_IDS,
  OTLP_PLACES,
  OTLP_SEGMENT_ATTRIBUTES,
  RECORD_EVENT,
  SEGMENT_EVENT,
} from '../../src/record/otlp-attributes.ts';
import type { StoredRecord } from '../../src/record/record.ts';

type AttributeValue = string | number | bigint | readonly string[];
type Attributes = Readonly<Record<string, AttributeValue>>;

/** An OTLP log record as JSON, with the attributes of its resource. */
export interface OtlpLog {
  readonly resource: Attributes;
  readonly attributes: Attributes;
  readonly timeUnixNano?: bigint;
  readonly observedTimeUnixNano?: bigint;
  readonly severityText?: string;
  readonly severityNumber?: number;
  readonly eventName?: string;
  readonly body?: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** A record as the table of places says, made a second time here, so that the sink and the views are each checked by another. */
export function logOfRecord(record: StoredRecord): OtlpLog {
  const resource: Record<string, AttributeValue> = {};
  const attributes: Record<string, AttributeValue> = {};
  for (const { name } of COLUMNS) {
    const place = OTLP_PLACES[name];
    const value = travelling(record[name]);
    if (value === undefined || place.in === 'field') continue;
    (place.in === 'resource' ? resource : attributes)[place.name] = value;
  }
  const { trace_id: traceId, span_id: spanId } = record;
  const [hasTrace, hasSpan] = [/^[\da-f]{32}$/.test(traceId), /^[\da-f]{16}$/.test(spanId)];
  if (!hasTrace && traceId !== '') attributes[OTLP_ODD_IDS.trace_id] = traceId;
  if (!hasSpan && spanId !== '') attributes[OTLP_ODD_IDS.span_id] = spanId;
  return {
    resource,
    attributes,
    eventName: RECORD_EVENT,
    timeUnixNano: record.occurred_at,
    severityText: record.severity,
    ...(hasTrace && { traceId }),
    ...(hasSpan && { spanId }),
  };
}

/** What was promised of a segment. */
export function logOfCertificate(
  certificate: Readonly<Record<keyof typeof OTLP_SEGMENT_ATTRIBUTES, string>>,
): OtlpLog {
  const pairs = Object.entries(OTLP_SEGMENT_ATTRIBUTES).map(([column, name]) => [
    name,
    certificate[column as keyof typeof OTLP_SEGMENT_ATTRIBUTES],
  ]);
  return {
    resource: {},
    attributes: Object.fromEntries(pairs.filter(([, value]) => value !== '')),
    eventName: SEGMENT_EVENT,
  };
}

/** The body of `POST /v1/logs` in JSON, one resource for each log. */
export function otlpRequest(logs: readonly OtlpLog[]): string {
  return JSON.stringify({
    resourceLogs: logs.map(({ resource, attributes, body, timeUnixNano, observedTimeUnixNano, ...rest }) => ({
      resource: { attributes: keyValues(resource) },
      scopeLogs: [
        {
          logRecords: [
            {
              ...rest,
              timeUnixNano: String(timeUnixNano ?? 0n),
              observedTimeUnixNano: String(observedTimeUnixNano ?? 0n),
              attributes: keyValues(attributes),
              ...(body !== undefined && { body: { stringValue: body } }),
            },
          ],
        },
      ],
    })),
  });
}

/** What is empty does not travel; maps go as text. */
function travelling(value: StoredRecord[keyof StoredRecord]): AttributeValue | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : (value as readonly string[]);
  if (typeof value === 'object') return Object.keys(value).length === 0 ? undefined : JSON.stringify(value);
  return isEmpty(value as string | number | bigint) ? undefined : (value as string | number | bigint);
}

function isEmpty(value: string | number | bigint): boolean {
  return (
    value === '' ||
    value === 0 ||
    value === 0n ||
    value === '::' ||
    value === '00000000-0000-0000-0000-000000000000'
  );
}

function keyValues(attributes: Attributes): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'object')
    return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
  return { intValue: String(value) };
}

import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { decodeRows } from '../../record/decode.js';
import {
  OTLP_ODD_IDS,
  OTLP_PLACES,
  OTLP_SEGMENT_ATTRIBUTES,
  RECORD_EVENT,
  SEGMENT_EVENT,
} from '../../record/otlp-attributes.js';
import type { OtlpPlace } from '../../record/otlp-attributes.js';
import type { Certificate } from '../../integrity/certificate.js';
import type { Seal } from '../../integrity/seal.js';
import type { NamedType, Segment } from '../segment.js';

export type OtlpLogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number];
type Resource = OtlpLogRecord['resource'];
type Attributes = Record<string, string | number | readonly string[]>;
type Row = Readonly<Record<string, unknown>>;
type Pairs = readonly (readonly [name: string, value: string])[];

/** Records that are made and encoded at once, whichever is reached first: some milliseconds of the application's time. */
const PIECE_RECORDS = 100;
const PIECE_CHARACTERS = 64 * 1024;

/** NOTE: without a version: the same segment is the same request, whichever version sends it again. */
const SCOPE = Object.freeze({ name: 'audit-register' });
const NO_TIME: [number, number] = [0, 0];
const NANOS_PER_SECOND = 1_000_000_000n;
const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

/** INFO, INFO2, WARN and ERROR. NOTE: as numbers, for commands load nothing of OpenTelemetry. */
const SEVERITIES: Readonly<Record<string, number>> = { info: 9, notice: 10, warning: 13, error: 17 };

/** A column and where it travels. */
interface Placed {
  readonly column: string;
  readonly place: OtlpPlace;
}

/**
 * The records of a segment as OTLP logs, in their order, in pieces that can be encoded at once.
 *
 * @throws TypeError for a column that this version does not know
 */
export function* logRecordsOf(
  segment: Pick<Segment, 'columns' | 'rows' | 'pieces'>,
): Generator<readonly OtlpLogRecord[]> {
  const columns = placedColumns(segment.columns);
  let resource: Resource | undefined;
  let piece: OtlpLogRecord[] = [];
  let characters = 0;
  for (const rows of segment.pieces ?? [segment.rows]) {
    for (const row of decodeRows(rows, segment.columns, 'pairs')) {
      // NOTE: records that follow each other share a resource by its identity.
      resource = sameResource(resource, resourceOf(row, columns.resource));
      const attributes: Attributes = {};
      for (const { column, place } of columns.attributes)
        characters += put(attributes, place.name, row[column]);
      piece.push(recordOf(row, attributes, resource));
      if (piece.length < PIECE_RECORDS && characters < PIECE_CHARACTERS) continue;
      yield piece;
      [piece, characters] = [[], 0];
    }
  }
  if (piece.length > 0) yield piece;
}

/** What was promised of a segment, as an event of its own, of the process that sealed it. */
export function certificateRecord(certificate: Certificate): OtlpLogRecord {
  const { process, sealedAt } = JSON.parse(certificate.seal) as Seal;
  const attributes: Attributes = {};
  put(attributes, OTLP_SEGMENT_ATTRIBUTES.seal, certificate.seal);
  put(attributes, OTLP_SEGMENT_ATTRIBUTES.shortfall, certificate.shortfall);
  put(attributes, OTLP_SEGMENT_ATTRIBUTES.signature, certificate.signature);
  put(attributes, OTLP_SEGMENT_ATTRIBUTES.key_id, certificate.keyId);
  const row: Row = {
    service_name: process.service,
    service_version: process.version,
    service_instance: process.instance,
    environment: process.environment,
    host_name: process.host,
    process_id: process.pid,
  };
  const time = hrTimeOf(BigInt(sealedAt) * 1_000n);
  return {
    hrTime: time,
    hrTimeObserved: time,
    eventName: SEGMENT_EVENT,
    resource: resourceOf(row, OWN_RESOURCE),
    instrumentationScope: SCOPE,
    attributes,
    droppedAttributesCount: 0,
  };
}

const OWN_RESOURCE = placedColumns(Object.keys(OTLP_PLACES).map((name) => [name, ''])).resource;

function placedColumns(columns: readonly NamedType[]): Record<'attributes' | 'resource', readonly Placed[]> {
  const placed = columns.map(([column]): Placed => {
    if (!Object.hasOwn(OTLP_PLACES, column)) throw new TypeError(`The column ${column} is not known.`);
    return { column, place: OTLP_PLACES[column as keyof typeof OTLP_PLACES] };
  });
  return {
    attributes: placed.filter(({ place }) => place.in === 'attributes'),
    resource: placed.filter(({ place }) => place.in === 'resource'),
  };
}

function recordOf(row: Row, attributes: Attributes, resource: Resource): OtlpLogRecord {
  const occurredAt = bigintOf(row['occurred_at']);
  const severityText = textOf(row['severity']);
  const severityNumber = SEVERITIES[severityText];
  const traceId = idOr(attributes, OTLP_ODD_IDS.trace_id, textOf(row['trace_id']), 32);
  const spanId = idOr(attributes, OTLP_ODD_IDS.span_id, textOf(row['span_id']), 16);
  return {
    hrTime: hrTimeOf(occurredAt),
    // NOTE: receivers take the observed time for one that is missing.
    hrTimeObserved: occurredAt === 0n ? NO_TIME : hrTimeOf(bigintOf(row['recorded_at']) * 1_000n),
    spanContext: { traceId, spanId, traceFlags: 0 },
    severityText,
    ...(severityNumber !== undefined && { severityNumber }),
    eventName: RECORD_EVENT,
    resource,
    instrumentationScope: SCOPE,
    attributes,
    droppedAttributesCount: 0,
  };
}

function resourceOf(row: Row, columns: readonly Placed[]): Resource {
  const attributes: Attributes = {};
  for (const { column, place } of columns) put(attributes, place.name, row[column]);
  return { attributes } as unknown as Resource;
}

function sameResource(before: Resource | undefined, now: Resource): Resource {
  if (before === undefined) return now;
  const [ours, theirs] = [Object.entries(now.attributes), before.attributes];
  const isSame =
    ours.length === Object.keys(theirs).length && ours.every(([name, value]) => theirs[name] === value);
  return isSame ? before : now;
}

/** Sets what is not empty. @returns About how many characters that takes. */
function put(attributes: Attributes, name: string, value: unknown): number {
  const travelling = attributeOf(value);
  if (travelling === undefined) return 0;
  attributes[name] = travelling;
  if (typeof travelling === 'string') return name.length + travelling.length;
  if (typeof travelling === 'number') return name.length;
  return travelling.reduce((sum, item) => sum + item.length, name.length);
}

function attributeOf(value: unknown): Attributes[string] | undefined {
  switch (typeof value) {
    case 'string':
      return value === '' || value === ZERO_UUID ? undefined : value;
    case 'number':
      return value === 0 ? undefined : value;
    case 'bigint':
      return value === 0n ? undefined : exactOf(value);
    default:
      return manyOf(value);
  }
}

/** NOTE: of a map the order counts, and a name that comes twice: both are under the digest. */
function manyOf(value: unknown): Attributes[string] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return Array.isArray(value[0]) ? jsonOf(value as Pairs) : (value as readonly string[]);
}

function jsonOf(pairs: Pairs): string {
  return `{${pairs.map(([name, inner]) => `${JSON.stringify(name)}:${JSON.stringify(inner)}`).join(',')}}`;
}

/** NOTE: of what no number can hold all digits travel as text, which is the same to ClickHouse. */
function exactOf(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** An id in the form that the field can hold; any other goes into an attribute as it is. */
function idOr(attributes: Attributes, name: string, id: string, digits: number): string {
  if (id.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(id)) return id;
  put(attributes, name, id);
  return '';
}

/** NOTE: a clock that is wrong may say a time before 1970; it travels as its two's complement, and comes back so. */
function hrTimeOf(nanos: bigint): [number, number] {
  const unsigned = BigInt.asUintN(64, nanos);
  return [Number(unsigned / NANOS_PER_SECOND), Number(unsigned % NANOS_PER_SECOND)];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function bigintOf(value: unknown): bigint {
  return typeof value === 'bigint' ? value : 0n;
}

/** How many spans the instrumentations made. */
export interface SpanCounts {
  /** Requests that were served. */
  readonly http: number;
  /** Statements; connecting and waiting for a connection of the pool are spans of their own and not counted. */
  readonly pg: number;
}

const LENGTH_DELIMITED = 2;
/** Field numbers of opentelemetry/proto/trace/v1/trace.proto. */
const RESOURCE_SPANS = 1;
const SCOPE_SPANS = 2;
const SPANS = 2;
const NAME = 5;
const KIND = 6;
const SERVER_KIND = 2;

/** Counts the spans in bodies of OTLP requests. */
export function countSpans(bodies: readonly Buffer[]): SpanCounts {
  const counts = { http: 0, pg: 0 };
  for (const span of bodies.flatMap(spansOf)) {
    if (span.isServed) counts.http += 1;
    else if (span.name.startsWith('pg.query')) counts.pg += 1;
  }
  return counts;
}

function spansOf(body: Buffer) {
  return messages(body, RESOURCE_SPANS)
    .flatMap((resource) => messages(resource, SCOPE_SPANS))
    .flatMap((scope) => messages(scope, SPANS))
    .map((span) => ({
      name: messages(span, NAME)[0]?.toString() ?? '',
      isServed: fields(span).some(({ number, value }) => number === KIND && value === SERVER_KIND),
    }));
}

function messages(message: Buffer, number: number): Buffer[] {
  return fields(message).flatMap((field) =>
    field.number === number && typeof field.value !== 'number' ? [field.value] : [],
  );
}

interface Field {
  readonly number: number;
  readonly value: Buffer | number;
}

/** Source: https://protobuf.dev/programming-guides/encoding */
function fields(message: Buffer): Field[] {
  const found: Field[] = [];
  let offset = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(offset++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Buffer => message.subarray(offset, (offset += length));
  while (offset < message.length) {
    const tag = varint();
    found.push({ number: tag >>> 3, value: readValue(tag & 7, varint, bytes) });
  }
  return found;
}

function readValue(
  wireType: number,
  varint: () => number,
  bytes: (length: number) => Buffer,
): Buffer | number {
  switch (wireType) {
    case 0:
      return varint();
    case 1:
      return bytes(8);
    case LENGTH_DELIMITED:
      return bytes(varint());
    case 5:
      return bytes(4);
    default:
      throw new Error(`the sink got a protobuf field of wire type ${wireType}, which OTLP does not use`);
  }
}

// Reads an ExportLogsServiceRequest and writes its answers, by nothing but the definition of the messages, so that the encoder
// is not judged by itself.
// Source: opentelemetry-proto, logs/v1/logs.proto and collector/logs/v1/logs_service.proto.

type Field = readonly [number: number, value: bigint | Buffer];

export type ReadValue = string | bigint | readonly ReadValue[];

export interface ReadLog {
  readonly resource: ReadonlyMap<string, ReadValue>;
  /** Which of the resources of the request it belongs to. */
  readonly resourceIndex: number;
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
  readonly attributes: ReadonlyMap<string, ReadValue>;
}

export function readExport(bytes: Buffer): ReadLog[] {
  return messagesOf(fieldsOf(bytes), 1).flatMap((resourceLogs, resourceIndex) => {
    const parts = fieldsOf(resourceLogs);
    const resource = attributesOf(messagesOf(parts, 1).flatMap(fieldsOf), 1);
    return messagesOf(parts, 2)
      .flatMap((scopeLogs) => messagesOf(fieldsOf(scopeLogs), 2))
      .map((log) => readLog(fieldsOf(log), resource, resourceIndex));
  });
}

function readLog(fields: readonly Field[], resource: ReadLog['resource'], resourceIndex: number): ReadLog {
  return {
    resource,
    resourceIndex,
    timeUnixNano: numberAt(fields, 1),
    severityNumber: Number(numberAt(fields, 2)),
    severityText: bytesAt(fields, 3).toString(),
    attributes: attributesOf(fields, 6),
    traceId: bytesAt(fields, 9).toString('hex'),
    spanId: bytesAt(fields, 10).toString('hex'),
    observedTimeUnixNano: numberAt(fields, 11),
    eventName: bytesAt(fields, 12).toString(),
  };
}

function attributesOf(fields: readonly Field[], number: number): Map<string, ReadValue> {
  return new Map(
    messagesOf(fields, number).map((pair) => {
      const parts = fieldsOf(pair);
      return [bytesAt(parts, 1).toString(), valueOf(fieldsOf(bytesAt(parts, 2)))];
    }),
  );
}

/** Only the kinds of value that are sent. */
function valueOf([field]: readonly Field[]): ReadValue {
  const [number, value] = field as Field;
  if (number === 1) return (value as Buffer).toString();
  if (number === 3) return BigInt.asIntN(64, value as bigint);
  if (number === 5) return messagesOf(fieldsOf(value as Buffer), 1).map((item) => valueOf(fieldsOf(item)));
  throw new Error(`a value of field ${number} is not expected`);
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, type] = [tag >> 3, tag & 7];
    if (type === 0) fields.push([number, varint()]);
    else if (type === 1) {
      fields.push([number, bytes.readBigUInt64LE(at)]);
      at += 8;
    } else if (type === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new Error('a field ends behind its message');
      fields.push([number, bytes.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`wire type ${type} is not expected`);
  }
  return fields;
}

function messagesOf(fields: readonly Field[], number: number): Buffer[] {
  return fields.filter(([own]) => own === number).map(([, value]) => value as Buffer);
}

function bytesAt(fields: readonly Field[], number: number): Buffer {
  return (fields.findLast(([own]) => own === number)?.[1] as Buffer | undefined) ?? Buffer.alloc(0);
}

function numberAt(fields: readonly Field[], number: number): bigint {
  return (fields.findLast(([own]) => own === number)?.[1] as bigint | undefined) ?? 0n;
}

/** An ExportLogsServiceResponse. */
export function partialSuccess(rejected: number, message: string): Buffer {
  return delimited(
    1,
    Buffer.concat([Buffer.from([8]), varintOf(rejected), delimited(2, Buffer.from(message))]),
  );
}

/** A google.rpc.Status. */
export function status(code: number, message: string): Buffer {
  return Buffer.concat([Buffer.from([8]), varintOf(code), delimited(2, Buffer.from(message))]);
}

function delimited(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varintOf(bytes.length), bytes]);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A log record of a chain in protobuf, with an attribute that is a list in a list in a list: JSON readers have a limit for that. */
export function deepRequest(chain: string, depth: number): Buffer {
  const attributes: [string, Buffer][] = [
    ['audit.record.id', text(chain)],
    ['audit.chain.id', text(chain)],
    ['audit.sequence', Buffer.from([0x18, 1])],
    ['deep', nested(depth)],
  ];
  const time = Buffer.alloc(9, 0x09);
  time.writeBigUInt64LE(BigInt(Date.now()) * 1_000_000n, 1);
  const log = Buffer.concat([
    time,
    ...attributes.map(([name, value]) => field(6, Buffer.concat([text(name), field(2, value)]))),
  ]);
  return field(1, field(2, field(2, log)));
}

/** NOTE: written from its end, for each list begins with the length of what is in it. */
function nested(depth: number): Buffer {
  const buffer = Buffer.alloc(depth * 12);
  let start = buffer.length;
  const prepend = (bytes: Buffer | readonly number[]): void => {
    start -= bytes.length;
    buffer.set(bytes, start);
  };
  for (let level = 0; level < depth; level += 1) {
    // A value in a list, and the list in a value.
    for (const tag of [0x0a, 0x2a]) {
      prepend(varint(buffer.length - start));
      prepend([tag]);
    }
  }
  return buffer.subarray(start);
}

function text(value: string): Buffer {
  return field(1, Buffer.from(value));
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

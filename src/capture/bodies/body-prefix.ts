import { Buffer } from 'node:buffer';

/** Bytes of bodies that all requests in flight may hold together; what comes beyond is not kept, and said to be cut. */
const MOST_HELD_BYTES = 32 * 1_024 * 1_024;

const FIRST_BYTES = 512;
const NOTHING = Buffer.alloc(0);

let heldBytes = 0;

/** The beginning of a body that goes by, copied: its owner may change the bytes. */
export class BodyPrefix {
  /** Bytes that went by, kept or not. */
  size = 0;
  #room: number;
  #buffer: Buffer = NOTHING;
  #length = 0;

  /** @param maxBytes 0 only counts. */
  constructor(maxBytes: number) {
    this.#room = maxBytes;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @param encoding Of a text. */
  add(chunk: unknown, encoding: unknown): void {
    if (typeof chunk === 'string') this.#addText(chunk, encodingOf(encoding));
    else if (chunk instanceof Uint8Array) {
      this.size += chunk.length;
      this.#keep(chunk);
    }
  }

  /** Keeps nothing from now on, and lets go of what it has. */
  release(): void {
    heldBytes -= this.#buffer.length;
    this.#buffer = NOTHING;
    this.#length = 0;
    this.#room = 0;
  }

  #addText(text: string, encoding: BufferEncoding): void {
    this.size += Buffer.byteLength(text, encoding);
    if (this.#room === 0) return;
    // NOTE: two characters give at least one byte in any encoding, and base64 is whole at four of them.
    this.#keep(Buffer.from(text.slice(0, 2 * this.#room + (4 - ((2 * this.#room) % 4))), encoding));
  }

  #keep(chunk: Uint8Array): void {
    if (this.#room === 0 || chunk.length === 0) return;
    const kept = chunk.subarray(0, this.#room);
    if (!this.#reserve(this.#length + kept.length)) {
      // NOTE: a later piece that found memory would leave a hole before it.
      this.#room = 0;
      return;
    }
    this.#buffer.set(kept, this.#length);
    this.#length += kept.length;
    this.#room -= kept.length;
  }

  #reserve(bytes: number): boolean {
    const before = this.#buffer.length;
    if (bytes <= before) return true;
    const capacity = Math.min(this.#length + this.#room, Math.max(bytes, 2 * before, FIRST_BYTES));
    if (heldBytes + capacity - before > MOST_HELD_BYTES) return false;
    heldBytes += capacity - before;
    // NOTE: not out of Node's pool, which a small piece would keep whole.
    const buffer = Buffer.allocUnsafeSlow(capacity);
    buffer.set(this.bytes);
    this.#buffer = buffer;
    return true;
  }
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';
}

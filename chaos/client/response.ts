import type { Buffer } from 'node:buffer';

export interface WholeResponse {
  readonly status: number;
  readonly body: string;
}

const END_OF_HEAD = '\r\n\r\n';
const LENGTH = /^content-length: *(\d+)\r?$/im;
const CHUNKED = /^transfer-encoding: *chunked\r?$/im;

/**
 * Reads the responses of one connection, one after the other. Lean, because it shares the machine with what it tests:
 * a response has a length, or is one that this client never counts.
 */
export class ResponseReader {
  #text = '';

  /** The response once its last byte is here. @throws Error for what is no response with a length */
  push(chunk: Buffer): WholeResponse | undefined {
    this.#text += chunk.toString('latin1');
    const headEnd = this.#text.indexOf(END_OF_HEAD);
    if (headEnd < 0) return undefined;
    const head = this.#text.slice(0, headEnd);
    const bodyStart = headEnd + END_OF_HEAD.length;
    const end = this.#endOfBody(head, bodyStart);
    if (end === undefined || this.#text.length < end) return undefined;
    const body = this.#text.slice(bodyStart, end);
    this.#text = this.#text.slice(end);
    return { status: Number(head.slice(9, 12)), body };
  }

  #endOfBody(head: string, start: number): number | undefined {
    const length = LENGTH.exec(head)?.[1];
    if (length !== undefined) return start + Number(length);
    if (!CHUNKED.test(head)) throw new Error(`a response without a length: ${head}`);
    const last = this.#text.indexOf('0\r\n\r\n', start);
    return last < 0 ? undefined : last + 5;
  }
}

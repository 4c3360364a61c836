import type { ServerResponse } from 'node:http';
import { writePaced } from './paced-write.js';

export interface StreamEvent {
  readonly name: string;
  /** What the browser sends as `Last-Event-ID` when it comes back. */
  readonly id?: string | undefined;
  readonly data: unknown;
}

/** A browser that takes nothing for so long is cut off; it comes back where it was. */
const STALL_MILLIS = 60_000;
/** After how long a browser that was cut off comes back. */
const RETRY_MILLIS = 2_000;

/** Server-Sent Events to one browser: nothing is sent before it has taken what came before. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;

  /** @param signal Aborted when the browser is gone. */
  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
    response.setTimeout(STALL_MILLIS);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would hold the events back.
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${RETRY_MILLIS}\n\n`);
  }

  /** NOTE: JSON has no line breaks of its own, and an id is made of digits and commas. */
  async send({ name, id, data }: StreamEvent): Promise<void> {
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    const text = `event: ${name}\n${idLine}data: ${JSON.stringify(data)}\n\n`;
    await writePaced(this.#response, text, { signal: this.#signal, stallMillis: STALL_MILLIS });
  }
}

import { Buffer } from 'node:buffer';
import { messageOf } from '../../errors.js';
import { decodeRows } from '../../record/decode.js';
import { rowToJsonLine } from '../../record/json.js';
import type { Segment } from '../segment.js';
import { openFileEnd, ShortWriteError, STANDARD_OUTPUT } from './line-target.js';
import type { LineTarget } from './line-target.js';
import type { SendOptions, Sink, SinkResult } from './sink.js';

/** Lines that are made and written at once, so that no segment holds up the application. */
const CHUNK_CHARACTERS = 64 * 1024;
/** Segments whose writing was interrupted; of what is forgotten, lines are written twice rather than not at all. */
const MOST_INTERRUPTED = 1_000;
const NEWLINE = 0x0a;

/** JSON lines at the end of a file. */
export function createFileSink(path: string): Sink {
  return new JsonLinesSink(`the file ${path} (AUDIT_REGISTER_FILE_PATH)`, () => openFileEnd(path));
}

/** JSON lines on standard output. */
export function createConsoleSink(): Sink {
  return new JsonLinesSink('standard output', () => Promise.resolve(STANDARD_OUTPUT));
}

/**
 * One line a record. What failed in the middle goes on with the line that was torn; after the death of the process a segment
 * is written again as a whole, for a file cannot be asked.
 */
class JsonLinesSink implements Sink {
  readonly name: string;
  readonly #open: () => Promise<LineTarget>;
  /** Rows that were written of segments that are not complete. */
  readonly #written = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, open: () => Promise<LineTarget>) {
    this.name = name;
    this.#open = open;
  }

  /** NOTE: one after the other, or two segments would share a line where one of them is torn. */
  send(segment: Segment, options: SendOptions): Promise<SinkResult> {
    const result = this.#last.then(() => this.#send(segment, options.token ?? segment.id));
    this.#last = result;
    return result;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #send(segment: Segment, token: string): Promise<SinkResult> {
    let target: LineTarget | undefined;
    try {
      target = await this.#open();
      await this.#write(target, segment, token);
      this.#written.delete(token);
      await target.force();
      return { status: 'accepted' };
    } catch (error) {
      return { status: 'retry', reason: explain(error) };
    } finally {
      await target?.close().catch(() => {});
    }
  }

  async #write(target: LineTarget, segment: Segment, token: string): Promise<void> {
    let written = this.#written.get(token) ?? 0;
    for (const { lines, rows } of chunksOf(segment, written)) {
      try {
        await target.append(lines);
        written += rows;
      } catch (error) {
        const taken = error instanceof ShortWriteError ? error.written : 0;
        this.#remember(token, written + linesIn(lines.subarray(0, taken)));
        throw error;
      }
    }
  }

  #remember(token: string, written: number): void {
    this.#written.set(token, written);
    if (this.#written.size <= MOST_INTERRUPTED) return;
    const [oldest] = this.#written.keys();
    if (oldest !== undefined) this.#written.delete(oldest);
  }
}

function explain(error: unknown): string {
  // NOTE: columns of a newer version wait for it.
  const mend =
    error instanceof TypeError
      ? ' (install the version of audit-register that made the records, or a newer one)'
      : '';
  return messageOf(error) + mend;
}

/** @param skipped Rows at the beginning that are left out. */
function* chunksOf(segment: Segment, skipped: number): Generator<{ lines: Buffer; rows: number }> {
  let [text, rows, at] = ['', 0, 0];
  for (const row of decodeRows(segment.rows, segment.columns)) {
    at += 1;
    if (at <= skipped) continue;
    text += rowToJsonLine(row, segment.columns);
    rows += 1;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield { lines: Buffer.from(text), rows };
    [text, rows] = ['', 0];
  }
  if (rows > 0) yield { lines: Buffer.from(text), rows };
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

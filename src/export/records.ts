import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { WRITERS } from './formats.js';
import type { LineFormat } from './formats.js';
import { patiently } from './patiently.js';
import { conditionWithin } from './selection.js';
import type { Source, Span } from './selection.js';
import { windowSize, windowsOf } from './windows.js';

/** Some lines, whole. */
export interface Piece {
  readonly bytes: Buffer;
  readonly records: number;
  /** Set on the last piece of a window: everything that happened before is written with it. */
  readonly doneTo?: bigint;
}

const PIECE_CHARACTERS = 128 * 1024;
/** Read while who takes them is slower than the store. */
const PIECES_AHEAD = 64;

/**
 * The records of a span in order, in pieces. The same selection and span give the same bytes.
 *
 * @param records About how many they are.
 */
export async function* readRecords(
  source: Source,
  format: LineFormat,
  { span, records }: { readonly span: Span; readonly records: number },
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  const windows = windowsOf(source, span, windowSize(records, WRITERS[format].mostInWindow));
  const pieces = Readable.from(readWindows(source, format, windows, signal), { highWaterMark: PIECES_AHEAD });
  for await (const piece of pieces as AsyncIterable<Piece>) {
    signal?.throwIfAborted();
    yield piece;
  }
}

async function* readWindows(
  source: Source,
  format: LineFormat,
  windows: AsyncIterable<Span>,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  for await (const window of windows) {
    let last: Piece = { bytes: Buffer.alloc(0), records: 0 };
    for await (const piece of readWindow(source, format, window, signal)) {
      if (last.records > 0) yield last;
      last = piece;
    }
    yield { ...last, doneTo: window.to };
  }
}

async function* readWindow(
  { client, database, selection }: Source,
  format: LineFormat,
  window: Span,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  signal?.throwIfAborted();
  const { answer, query, line } = WRITERS[format];
  const { sql, parameters } = conditionWithin({ client, database, selection }, window);
  const result = await patiently((settings) =>
    client.query({
      query: query(database, sql),
      query_params: { ...parameters },
      format: answer,
      clickhouse_settings: settings,
      ...(signal && { abort_signal: signal }),
    }),
  );
  let lines: string[] = [];
  let characters = 0;
  for await (const rows of result.stream()) {
    signal?.throwIfAborted();
    for (const row of rows) {
      const text = line(row.text);
      lines.push(text);
      characters += text.length;
      if (characters < PIECE_CHARACTERS) continue;
      yield pieceOf(lines);
      [lines, characters] = [[], 0];
    }
  }
  yield pieceOf(lines);
}

function pieceOf(lines: readonly string[]): Piece {
  return { bytes: Buffer.from(lines.join('')), records: lines.length };
}

import { appendFile } from 'node:fs/promises';
import { messageOf } from '../../errors.js';
import { writeQuietly } from '../../log.js';
import { decodeRows } from '../../record/decode.js';
import { toJsonLine } from '../../record/json.js';
import type { Segment } from '../segment.js';
import type { Sink } from './sink.js';

/** JSON lines at the end of a file. */
export function createFileSink(path: string): Sink {
  return createJsonLinesSink(`the file ${path} (AUDIT_REGISTER_FILE_PATH)`, (lines) =>
    appendFile(path, lines, { mode: 0o600 }),
  );
}

/** JSON lines on standard output, between whatever the application writes there. */
export function createConsoleSink(): Sink {
  return createJsonLinesSink('standard output', (lines) => {
    return new Promise((resolve, reject) => {
      writeQuietly(process.stdout, lines, (error) => (error ? reject(error) : resolve()));
    });
  });
}

function createJsonLinesSink(name: string, write: (lines: string) => Promise<void>): Sink {
  return {
    name,
    async send(segment: Segment) {
      try {
        await write(Array.from(decodeRows(segment.rows, segment.columns), toJsonLine).join(''));
        return { status: 'accepted' };
      } catch (error) {
        return { status: 'retry', reason: messageOf(error) };
      }
    },
    close: () => Promise.resolve(),
  };
}

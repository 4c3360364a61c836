import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { encodeHeader } from '../../record/encode.js';
import { uuidV4 } from '../../record/uuid.js';
import type { NamedType, Segment } from '../segment.js';
import { writeWhole } from './durable-file.js';
import { inTurn } from './disk-steps.js';
import { encodeFrame, FRAME_KIND, seedOf } from './frame.js';
import { unlessGone } from './fs-error.js';
import { DEAD_LETTERS, makeDirectory } from './names.js';
import { OwnUser } from './own-user.js';
import { readWhole } from './read-file.js';
import { readContent, rowCountOf, rowsOf } from './segment-content.js';
import { encodeHead, isNamedTypes, readHeadObject } from './segment-head.js';
import { bytesOf } from './write-fully.js';
import { epochMillis } from '../../timers.js';

const LETTER = '.letter';
const EVIDENCE = '.damaged';

/** What stands at the beginning of a dead letter. */
interface LetterHead {
  readonly format: 1;
  readonly segment: string;
  readonly chain: string;
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
  readonly columns: readonly NamedType[];
}

/** Rows that the sink refused, with what they need to be sent again. */
export interface DeadLetter {
  readonly reason: string;
  readonly since: string;
  readonly segment: Segment;
}

/** Keeps rows that a sink refuses, and files that cannot be read, of one destination. */
export class DeadLetters {
  readonly #destination: () => string;
  readonly #user: OwnUser;

  constructor(destination: () => string, user = new OwnUser()) {
    this.#destination = destination;
    this.#user = user;
  }

  get path(): string {
    return join(this.#destination(), DEAD_LETTERS);
  }

  /**
   * NOTE: the same rows have the same name, so that a segment which is sent again after a crash is not buried twice.
   *
   * @returns bytes written
   */
  async bury(segment: Segment, reason: string): Promise<number> {
    await this.#make();
    const { id, firstSequence: first, lastSequence: last, rowCount: rows } = segment;
    const head: LetterHead = {
      format: 1,
      segment: id,
      chain: segment.chainId,
      first,
      last,
      rows,
      reason,
      since: new Date(epochMillis()).toISOString(),
      columns: segment.columns,
    };
    const buffers = [
      ...encodeHead(head),
      ...encodeFrame(FRAME_KIND.rows, segment.rows, seedOf(id), { first, count: rows }),
    ];
    await writeWhole(join(this.path, `${id}-${first}-${last}${LETTER}`), buffers, true);
    return bytesOf(buffers);
  }

  /** Keeps a file that is not what was written, as evidence. */
  async keep(path: string): Promise<void> {
    await this.#make();
    await unlessGone(rename(path, join(this.path, `${basename(path)}.${uuidV4()}${EVIDENCE}`)));
  }

  async #make(): Promise<void> {
    const { path } = this;
    await inTurn(makeDirectory(path));
    await inTurn(this.#user.require(path));
  }
}

/** What kind of thing a name in the directory of dead letters is. */
export function deadLetterKind(name: string): 'letter' | 'damaged' | undefined {
  if (name.endsWith(LETTER)) return 'letter';
  return name.endsWith(EVIDENCE) ? 'damaged' : undefined;
}

/** @returns undefined where it cannot be read as one. @throws the error of the file system */
export async function readDeadLetter(path: string): Promise<DeadLetter | undefined> {
  const bytes = await readWhole(path);
  const reading = readHeadObject(bytes);
  if (reading.status !== 'whole' || !isLetterHead(reading.head)) return undefined;
  const { segment, chain, first, last, columns, reason, since } = reading.head;
  const content = readContent(bytes, reading.end, segment, first);
  return {
    reason,
    since,
    segment: {
      id: segment,
      chainId: chain,
      firstSequence: first,
      lastSequence: last,
      rowCount: rowCountOf(content),
      columns,
      header: encodeHeader(columns),
      rows: rowsOf(content),
    },
  };
}

function isLetterHead(head: object): head is LetterHead {
  const fields = head as Record<string, unknown>;
  return (
    ['segment', 'chain', 'reason', 'since'].every((name) => typeof fields[name] === 'string') &&
    ['first', 'last', 'rows'].every((name) => Number.isSafeInteger(fields[name])) &&
    isNamedTypes(fields['columns'])
  );
}

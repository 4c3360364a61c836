import { Buffer } from 'node:buffer';
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ChainEnd, SealText } from '../../integrity/seal.js';
import { uuidV4 } from '../../record/uuid.js';
import { writeWhole } from './durable-file.js';
import { unlessGone } from './fs-error.js';
import { ENDED, makeDirectory, OPEN } from './names.js';
import { requireOurs } from './own-user.js';
import { isRecord, parseJson } from './parsed.js';
import { epochMillis } from '../../timers.js';

/** A chain names no more predecessors; the next one names the others. */
const MOST_PREDECESSORS = 100;
const WAITS = /^([0-9a-f-]{36})\.json$/;
const TAKEN = /^([0-9a-f-]{36})\.[0-9a-f-]{36}\.taken$/;
const UUID_LENGTH = 36;
/** An end has less than 200. */
const MOST_END_BYTES = 4_096;
/** So long somebody may take between asking for predecessors and writing down that it named them. */
const MOST_TAKEN_MILLIS = 60 * 60 * 1000;

/** Ends of chains that wait for another chain to name them. */
export class EndedChains {
  readonly #directory: string;
  /** Those that were given out and are not yet written down by who took them. */
  readonly #taken = new Map<string, string>();

  constructor(destination: string) {
    this.#directory = join(destination, ENDED);
  }

  async add({ seal, hash }: SealText): Promise<void> {
    makeDirectory(this.#directory);
    const end: ChainEnd = { chain: seal.chain, number: seal.number, hash };
    const path = join(this.#directory, `${seal.chain}.json`);
    await unlessGone(writeWhole(path, [Buffer.from(JSON.stringify(end))], true));
  }

  /** Each is given to one caller, in any process: a rename succeeds once. */
  take(): ChainEnd[] {
    const ends: ChainEnd[] = [];
    for (const name of this.#names()) {
      if (ends.length === MOST_PREDECESSORS) break;
      const end = this.#takeOne(name);
      if (end !== undefined) ends.push(end);
    }
    return ends;
  }

  /** They stand in the head of a segment's file now. */
  named(ends: readonly ChainEnd[]): void {
    for (const { chain } of ends) {
      const path = this.#taken.get(chain);
      this.#taken.delete(chain);
      if (path !== undefined) rmSync(path, { force: true });
    }
  }

  #names(): string[] {
    try {
      requireOurs(this.#directory);
      return readdirSync(this.#directory).filter((name) => WAITS.test(name) || this.#isForgotten(name));
    } catch {
      return [];
    }
  }

  /** Whether it was taken by somebody who died before writing it down. */
  #isForgotten(name: string): boolean {
    if (!TAKEN.test(name)) return false;
    try {
      return epochMillis() - statSync(join(this.#directory, name)).ctimeMs > MOST_TAKEN_MILLIS;
    } catch {
      return false;
    }
  }

  #takeOne(name: string): ChainEnd | undefined {
    const chain = name.slice(0, UUID_LENGTH);
    const taken = join(this.#directory, `${chain}.${uuidV4()}.taken`);
    try {
      renameSync(join(this.#directory, name), taken);
      const end = parseJson(readNow(taken));
      if (!isChainEnd(end)) return undefined;
      this.#taken.set(end.chain, taken);
      return { chain: end.chain, number: end.number, hash: end.hash };
    } catch {
      return undefined;
    }
  }
}

function isChainEnd(end: unknown): end is ChainEnd {
  return (
    isRecord(end) &&
    typeof end['chain'] === 'string' &&
    typeof end['hash'] === 'string' &&
    Number.isSafeInteger(end['number'])
  );
}

/** NOTE: a pipe in the place of the file would stop the application. */
function readNow(path: string): string {
  const fd = openSync(path, OPEN.read);
  try {
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= MOST_END_BYTES ? readFileSync(fd, 'utf8') : '';
  } finally {
    closeSync(fd);
  }
}

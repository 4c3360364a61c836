import { Buffer } from 'node:buffer';
import { rmSync } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainEnd, SealText } from '../../integrity/seal.js';
import { uuidV4 } from '../../record/uuid.js';
import { inTurn } from './disk-steps.js';
import { writeWhole } from './durable-file.js';
import { unlessGone } from './fs-error.js';
import { ENDED, makeDirectory } from './names.js';
import { OwnUser } from './own-user.js';
import { isRecord, parseJson } from './parsed.js';
import { readSmall } from './read-file.js';
import { namesIn, removeUnfinished } from './take-over.js';
import { epochMillis } from '../../timers.js';

/** A chain names no more predecessors; the next one names the others. */
const MOST_PREDECESSORS = 100;
const WAITS = /^([0-9a-f-]{36})\.json$/;
const TAKEN = /^([0-9a-f-]{36})\.[0-9a-f-]{36}\.taken$/;
/** So long somebody may take between asking for predecessors and writing down that it named them. */
const MOST_TAKEN_MILLIS = 60 * 60 * 1000;

interface Waiting {
  readonly end: ChainEnd;
  readonly path: string;
}

/** One that was given out and is not yet written down by who took it. */
interface Taken {
  readonly from: string;
  readonly path: string;
  readonly moved: Promise<unknown>;
}

/** Ends of chains that wait for another chain to name them. */
export class EndedChains {
  readonly #destination: () => string;
  readonly #user: OwnUser;
  /** What was there when last looked at, with the file it is in. */
  #waiting = new Map<string, Waiting>();
  readonly #taken = new Map<string, Taken>();

  constructor(destination: () => string, user = new OwnUser()) {
    this.#destination = destination;
    this.#user = user;
  }

  get #directory(): string {
    return join(this.#destination(), ENDED);
  }

  async add({ seal, hash }: SealText): Promise<void> {
    const directory = this.#directory;
    await inTurn(makeDirectory(directory));
    const end: ChainEnd = { chain: seal.chain, number: seal.number, hash };
    const path = join(directory, `${seal.chain}.json`);
    await unlessGone(writeWhole(path, [Buffer.from(JSON.stringify(end))], true));
    this.#wait(end, path);
  }

  /** Looks at what is there. Nothing of it is taken by that. */
  async look(): Promise<void> {
    const found = await unlessGone(this.#read(this.#directory));
    this.#waiting = new Map();
    for (const { end, path } of found ?? []) this.#wait(end, path);
  }

  /** NOTE: from memory: it is asked for where the first record of a process is on its way. */
  take(): ChainEnd[] {
    const ends: ChainEnd[] = [];
    for (const { end, path } of this.#waiting.values()) {
      const taken = join(this.#directory, `${end.chain}.${uuidV4()}.taken`);
      this.#taken.set(end.chain, { from: path, path: taken, moved: rename(path, taken).catch(() => {}) });
      ends.push(end);
    }
    this.#waiting.clear();
    return ends;
  }

  /** They stand in the head of a segment's file now. */
  async named(ends: readonly ChainEnd[]): Promise<void> {
    for (const { chain } of ends) {
      const taken = this.#taken.get(chain);
      this.#taken.delete(chain);
      await taken?.moved;
      if (taken !== undefined) await rm(taken.path, { force: true });
    }
  }

  /** The same, at once. NOTE: in this order, as one that is still to be moved must not come to its new place afterwards. */
  namedNow(ends: readonly ChainEnd[]): void {
    for (const { chain } of ends) {
      const taken = this.#taken.get(chain);
      this.#taken.delete(chain);
      for (const path of taken === undefined ? [] : [taken.from, taken.path]) rmSync(path, { force: true });
    }
  }

  async #read(directory: string): Promise<Waiting[]> {
    const found: Waiting[] = [];
    await inTurn(this.#user.require(directory));
    await removeUnfinished(directory);
    for (const name of await namesIn(directory)) {
      if (found.length === MOST_PREDECESSORS) break;
      const path = join(directory, name);
      if (!WAITS.test(name) && !(await isForgotten(path, name))) continue;
      const end = parseJson(await readSmall(path));
      if (isChainEnd(end))
        found.push({ end: { chain: end.chain, number: end.number, hash: end.hash }, path });
    }
    return found;
  }

  #wait(end: ChainEnd, path: string): void {
    if (this.#waiting.size < MOST_PREDECESSORS && !this.#taken.has(end.chain))
      this.#waiting.set(end.chain, { end, path });
  }
}

/** Whether it was taken by somebody who died before writing it down. */
async function isForgotten(path: string, name: string): Promise<boolean> {
  if (!TAKEN.test(name)) return false;
  const stat = await unlessGone(lstat(path));
  return stat !== undefined && epochMillis() - stat.ctimeMs > MOST_TAKEN_MILLIS;
}

function isChainEnd(end: unknown): end is ChainEnd {
  return (
    isRecord(end) &&
    typeof end['chain'] === 'string' &&
    typeof end['hash'] === 'string' &&
    Number.isSafeInteger(end['number'])
  );
}

import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import { ChainRecovery } from './chain-recovery.js';
import type { ChainFile, RecoveryPlace, SealedFile } from './chain-recovery.js';
import type { DeadLetters } from './dead-letters.js';
import type { DeliveredMarks, DeliveredMark } from './delivered-marks.js';
import type { EndedChains } from './ended-chains.js';
import type { SealText } from '../../integrity/seal.js';
import { parseFileName } from './names.js';
import type { OccupiedBytes } from './occupied-bytes.js';
import { flatten, namesIn } from './take-over.js';
import { WaitingSegment } from './waiting-segment.js';
import type { Finish } from './waiting-segment.js';

/** So many segments are given out and not delivered at most; the others wait in their files. */
const MOST_WAITING = 10_000;
/** Names of files that are looked at together; of more directories, the others are looked at when these are done. */
const MOST_NAMES = 20_000;
/** Files that are left alone are said once; of more, nothing is said. */
const MOST_LEFT_ALONE = 1_000;

interface AdoptionOptions {
  readonly letters: DeadLetters;
  readonly ended: EndedChains;
  readonly marks: DeliveredMarks;
  readonly bytes: OccupiedBytes;
  readonly warn: (message: string) => void;
  readonly finish: Finish;
  /** @default 10,000 */
  readonly mostWaiting?: number;
}

/** The segments of dead siblings that were taken over, from finding them to their delivery. */
export class Adoption implements RecoveryPlace {
  readonly #options: AdoptionOptions;
  readonly #waiting = new Map<string, WaitingSegment>();
  readonly #leftAlone = new Set<string>();
  #found: WaitingSegment[] = [];

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /** Those that were not given out before, in the order of each chain. */
  async recover(adopted: string): Promise<WaitingSegment[]> {
    this.#found = [];
    const chains = await this.#chainsIn(adopted);
    for (const files of chains) {
      if (!(await this.#recoverChain(files))) break;
    }
    await this.#removeEmpty(adopted).catch(() => {});
    return this.#found;
  }

  async #recoverChain(files: readonly ChainFile[]): Promise<boolean> {
    try {
      return await new ChainRecovery(this).recover(files);
    } catch (error) {
      // NOTE: one chain that cannot be recovered now must not keep the others from being sent.
      this.leaveAlone((files[0] as ChainFile).chain, messageOf(error));
      return true;
    }
  }

  delivered(mark: DeliveredMark): Promise<void> {
    return this.#options.marks.found(mark);
  }

  newestDelivered(chain: string): number {
    return this.#options.marks.newestOf(chain);
  }

  /** A segment was delivered. */
  forget(path: string): void {
    this.#waiting.delete(path);
  }

  waiting(path: string): WaitingSegment | undefined {
    return this.#waiting.get(path);
  }

  wait(path: string, { seal, byteLength, columns, isDamaged }: SealedFile): void {
    const segment = new WaitingSegment(path, seal, byteLength, columns, this.#options.finish, isDamaged);
    this.#waiting.set(path, segment);
    this.#options.bytes.set(path, byteLength);
    this.#found.push(segment);
  }

  hasRoom(): boolean {
    return this.#waiting.size < (this.#options.mostWaiting ?? MOST_WAITING);
  }

  leaveAlone(path: string, reason: string): void {
    if (this.#leftAlone.has(path) || this.#leftAlone.size === MOST_LEFT_ALONE) return;
    this.#leftAlone.add(path);
    this.#options.warn(`${path} in the spool is left alone: ${reason}`);
  }

  async keepEvidence(path: string, reason: string): Promise<void> {
    const { letters, warn } = this.#options;
    warn(`${path} in the spool cannot be sent: ${reason}; it is kept in ${letters.path}`);
    await letters.keep(path);
  }

  end(seal: SealText): Promise<void> {
    return this.#options.ended.add(seal);
  }

  /** NOTE: by chain, not by directory: a process whose directory went away meanwhile has had two. */
  async #chainsIn(adopted: string): Promise<ChainFile[][]> {
    const chains = new Map<string, ChainFile[]>();
    let names = 0;
    for (const owner of await namesIn(adopted)) {
      await flatten(join(adopted, owner), adopted);
    }
    for (const owner of await namesIn(adopted)) {
      if (names > MOST_NAMES) break;
      for (const name of await namesIn(join(adopted, owner))) {
        names += 1;
        const parsed = parseFileName(name);
        if (parsed === undefined) continue;
        const files = chains.get(parsed.chain) ?? [];
        files.push({ ...parsed, path: join(adopted, owner, name) });
        chains.set(parsed.chain, files);
      }
    }
    return [...chains.values()].map((files) => files.sort((a, b) => a.number - b.number));
  }

  async #removeEmpty(adopted: string): Promise<void> {
    for (const owner of await namesIn(adopted)) await rmdir(join(adopted, owner)).catch(() => {});
    await rmdir(adopted).catch(() => {});
  }
}

import { isAsGood } from './link.js';
import type { Link } from './link.js';
import type { Seal } from './seal.js';

/** What there is at one number of a chain. */
export interface Numbered {
  /** The best first; more than one contradict each other. */
  readonly links: readonly Link[];
  /** What says less than the best and contradicts it in nothing. */
  readonly copies: readonly Link[];
}

/** What {@link EarlyEnds} decided on: to be walked, or to be set aside. */
export type Placed =
  { readonly is: 'standing'; readonly numbered: Numbered } | { readonly is: 'early'; readonly link: Link };

/** A forger may put any number of ends in a row. */
const MOST_WAITING = 16;

/**
 * Tells the ends that an heir has put where the process had gone on. An heir knows what is in the spool; what a process
 * delivered from memory, with a disk too full for any mark of it, it cannot know.
 *
 * NOTE: such an end has no rows, so that setting it aside hides none. What contradicts it must be as well signed as it is.
 */
export class EarlyEnds {
  /** Ends that nothing contradicts so far. */
  #waiting: Numbered[] = [];

  take({ links, copies }: Numbered): Placed[] {
    const genuine = links.find(({ seal }) => !isHeirsEnd(seal));
    const early = links.filter(
      (link) => isHeirsEnd(link.seal) && genuine !== undefined && isAsGood(genuine, link),
    );
    const numbered = { links: links.filter((link) => !early.includes(link)), copies };
    const placed = early.map((link): Placed => ({ is: 'early', link }));
    if (genuine === undefined && links[0]?.isOutside === false) return this.#wait(numbered);
    return [...(genuine === undefined ? this.end() : this.#settle(genuine)), ...placed, standing(numbered)];
  }

  /** Nothing follows: they are ends. */
  end(): Placed[] {
    return this.#waiting.splice(0).map(standing);
  }

  #wait(numbered: Numbered): Placed[] {
    const [first] = this.#waiting.length >= MOST_WAITING ? this.#waiting.splice(0, 1) : [];
    this.#waiting.push(numbered);
    return first === undefined ? [] : [standing(first)];
  }

  /** NOTE: who goes on from the very end that an heir has made, knew of it: that is no process that was not dead. */
  #settle(genuine: Link): Placed[] {
    const all = this.#waiting.flatMap(({ links, copies }) => [...links, ...copies]);
    const isContradicted = all.every(
      (link) => link.hash !== genuine.seal.previous && isAsGood(genuine, link),
    );
    if (!isContradicted) return this.end();
    this.#waiting = [];
    return all.map((link) => ({ is: 'early', link }));
  }
}

/** Ends of several heirs after the same segment say the same. */
export function withoutTwinEnds(links: readonly Link[]): Numbered {
  const [best] = links;
  if (best === undefined || !links.every(({ seal }) => isHeirsEnd(seal))) return { links, copies: [] };
  const isTwin = ({ seal, verdict }: Link): boolean =>
    verdict === best.verdict && seal.previous === best.seal.previous && seal.first === best.seal.first;
  const copies = links.slice(1).filter(isTwin);
  return { links: links.filter((link) => !copies.includes(link)), copies };
}

/** An end that says only that its maker knows of nothing behind it. */
export function isHeirsEnd({ kind, rows, first, last }: Seal): boolean {
  return kind === 'abandoned' && rows === 0 && last === first - 1;
}

function standing(numbered: Numbered): Placed {
  return { is: 'standing', numbered };
}

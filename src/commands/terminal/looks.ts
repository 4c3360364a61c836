import type { Ending } from '../../search/sentence.js';
import type { Colour } from './colours.js';

/** A sign and a word always stand beside the colour. The explorer and the dashboards show the same. */
export interface Look {
  readonly sign: string;
  readonly word: string;
  /** Undefined for the terminal's own. */
  readonly colour: Colour | undefined;
}

const ENDINGS: Readonly<Record<Ending, Look>> = {
  ok: { sign: '✓', word: 'ok', colour: undefined },
  committed: { sign: '✓', word: 'committed', colour: undefined },
  'rolled back': { sign: '↩', word: 'rolled back', colour: 'magenta' },
  denied: { sign: '⊘', word: 'denied', colour: 'yellow' },
  failed: { sign: '✗', word: 'failed', colour: 'red' },
  unknown: { sign: '?', word: 'unknown', colour: 'gray' },
};

const ASSURANCES: Readonly<Record<string, Look>> = {
  verified: { sign: '✓', word: 'verified', colour: undefined },
  trusted: { sign: '✓', word: 'trusted', colour: undefined },
  claimed: { sign: '?', word: 'claimed', colour: 'yellow' },
  expired: { sign: '⌛', word: 'expired', colour: 'yellow' },
  invalid: { sign: '✗', word: 'invalid', colour: 'red' },
  none: { sign: '–', word: 'none', colour: 'gray' },
};

/** What is said of a value that this version does not know. */
const UNKNOWN: Look = ENDINGS.unknown;

export function lookOfEnding(ending: string): Look {
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending as Ending] : UNKNOWN;
}

export function lookOfAssurance(assurance: string): Look {
  return (Object.hasOwn(ASSURANCES, assurance) ? ASSURANCES[assurance] : undefined) ?? UNKNOWN;
}

export function describeLook({ sign, word }: Look): string {
  return `${sign} ${word}`;
}

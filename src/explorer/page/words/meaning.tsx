import type { JSX } from 'preact';
import type { Ending } from '../../../search/sentence.js';
import type { Outcome, Soundness } from '../api/answers.js';
import { Sign } from './sign.js';
import type { SignName } from './sign.js';
import { visibleText } from './visible.js';

/** One table of what colours and signs mean, for list, chart and detail. */
interface Meaning {
  readonly word: string;
  readonly sign: SignName;
  readonly tone: Tone;
  readonly explained: string;
}

type Tone = 'neutral' | 'bad' | 'warn' | 'undone' | 'unknown' | 'good';

const ENDINGS: Readonly<Record<Ending, Meaning>> = {
  ok: { word: 'ok', sign: 'dot', tone: 'neutral', explained: 'It was done.' },
  committed: { word: 'committed', sign: 'dot', tone: 'neutral', explained: 'Its transaction was committed.' },
  'rolled back': {
    word: 'rolled back',
    sign: 'back',
    tone: 'undone',
    explained: 'Its transaction was rolled back: nothing was changed.',
  },
  denied: { word: 'denied', sign: 'bar', tone: 'warn', explained: 'It was not allowed.' },
  failed: { word: 'failed', sign: 'cross', tone: 'bad', explained: 'It ended with an error.' },
  unknown: { word: 'unknown', sign: 'question', tone: 'unknown', explained: 'Nobody can know how it ended.' },
};

export const OUTCOMES: readonly { readonly outcome: Outcome; readonly word: string; readonly tone: Tone }[] =
  [
    { outcome: 'ok', word: 'ok', tone: 'neutral' },
    { outcome: 'failed', word: 'failed', tone: 'bad' },
    { outcome: 'denied', word: 'denied', tone: 'warn' },
    { outcome: 'rolled_back', word: 'rolled back', tone: 'undone' },
    { outcome: 'unknown', word: 'unknown', tone: 'unknown' },
  ];

const ASSURANCES: Readonly<Record<string, Meaning>> = {
  verified: {
    word: 'verified',
    sign: 'check',
    tone: 'good',
    explained: 'The token’s signature was checked.',
  },
  trusted: {
    word: 'trusted',
    sign: 'shield',
    tone: 'good',
    explained: 'Named by a session or proxy that is trusted.',
  },
  claimed: {
    word: 'claimed',
    sign: 'question',
    tone: 'warn',
    explained: 'Somebody said so; nobody checked it.',
  },
  expired: {
    word: 'expired',
    sign: 'clock',
    tone: 'warn',
    explained: 'The token was genuine, but its time was over.',
  },
  invalid: {
    word: 'invalid',
    sign: 'cross',
    tone: 'bad',
    explained: 'The token was forged or not for this service.',
  },
  system: {
    word: 'system',
    sign: 'gear',
    tone: 'neutral',
    explained: 'The service itself, on nobody’s behalf.',
  },
  none: { word: 'none', sign: 'dash', tone: 'unknown', explained: 'Nobody was named.' },
};

const SOUNDNESS: Readonly<Record<Soundness, Meaning>> = {
  intact: {
    word: 'intact',
    sign: 'check',
    tone: 'good',
    explained: 'The rows are what their certificate promises.',
  },
  altered: { word: 'altered', sign: 'cross', tone: 'bad', explained: 'The rows are not what was certified.' },
  unverified: {
    word: 'not verified',
    sign: 'question',
    tone: 'warn',
    explained: 'Not checked here; run `audit-register verify`.',
  },
  unsealed: {
    word: 'not yet certified',
    sign: 'clock',
    tone: 'unknown',
    explained: 'Its certificate has not arrived yet.',
  },
  'of-no-chain': {
    word: 'of no chain',
    sign: 'question',
    tone: 'warn',
    explained:
      'It came through a collector from a service without the preload: nothing is promised of it, and whoever may insert can have made it.',
  },
  unvouched: {
    word: 'nobody vouches',
    sign: 'cross',
    tone: 'warn',
    explained:
      'Nobody vouches for this record: ten minutes after it arrived, no certificate covers it. Run `audit-register verify`.',
  },
};

export const endingMeaning = (ending: Ending): Meaning => ENDINGS[ending] ?? ENDINGS.unknown;
export const assuranceMeaning = (assurance: string): Meaning =>
  (Object.hasOwn(ASSURANCES, assurance) ? ASSURANCES[assurance] : undefined) ?? {
    word: visibleText(assurance),
    sign: 'question',
    tone: 'unknown',
    explained: '',
  };
export const soundnessMeaning = (state: Soundness): Meaning => SOUNDNESS[state] ?? SOUNDNESS.unverified;

export function Badge({ meaning, short = false }: { meaning: Meaning; short?: boolean }): JSX.Element {
  return (
    <span class={`badge tone-${meaning.tone}`} title={meaning.explained}>
      <Sign name={meaning.sign} {...(short ? { label: meaning.word } : {})} />
      {short ? null : <span class="badge-word">{meaning.word}</span>}
    </span>
  );
}

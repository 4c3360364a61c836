import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { SegmentState, Soundness } from '../api/answers.js';
import { useDismissed } from '../keys/use-dismissed.js';
import { soundnessMeaning } from '../words/meaning.js';
import { Sign } from '../words/sign.js';
import type { SeenIntegrity } from './use-integrity.js';

/** The worst first: one altered segment is what must be seen. */
const STATES: readonly Soundness[] = [
  'altered',
  'unvouched',
  'unverified',
  'of-no-chain',
  'unsealed',
  'intact',
];

/** The worst of what was in sight, as a word; all of it on demand. */
export function IntegrityBadge({ integrity }: { integrity: SeenIntegrity }): JSX.Element {
  const { segments, records, phase, error } = integrity;
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useDismissed(box, isOpen, () => setOpen(false));
  const counts = STATES.map((state) => ({
    state,
    count: segments.filter((segment) => segment.state === state).length,
  }));
  const worst = counts.find(({ count }) => count > 0);
  const meaning = worst === undefined ? undefined : soundnessMeaning(worst.state);
  const word = meaning?.word ?? (phase === 'loading' ? 'checking …' : 'not known');
  return (
    <div class="integrity" ref={box}>
      <button
        type="button"
        class={`tool integrity-open tone-${meaning?.tone ?? 'unknown'}`}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Sign name={meaning?.sign ?? 'question'} />
        <span>
          <span class="tool-word">Integrity: </span>
          {word}
        </span>
      </button>
      {isOpen ? (
        <div class="popover integrity-detail">
          <h2>Integrity of what is shown</h2>
          {error === undefined ? null : <p class="form-error">{error.message}</p>}
          <ul>
            {counts
              .filter(({ count }) => count > 0)
              .map(({ state, count }) => (
                <IntegrityLine key={state} state={state} count={count} />
              ))}
          </ul>
          <p class="quiet-text">{segmentsSaid(segments, records)}</p>
        </div>
      ) : null}
    </div>
  );
}

function IntegrityLine({ state, count }: { state: Soundness; count: number }): JSX.Element {
  const { word, sign, tone, explained } = soundnessMeaning(state);
  return (
    <li class={`tone-${tone}`}>
      <Sign name={sign} />
      <b>
        {count} {word}
      </b>
      <span class="quiet-text">{explained}</span>
    </li>
  );
}

function segmentsSaid(segments: readonly SegmentState[], records: number): string {
  const signed = segments.filter((segment) => segment.isSigned).length;
  return `${segments.length} segments hold the ${records} records that were in sight; ${signed} of their certificates are signed. The whole chain is checked by audit-register verify.`;
}

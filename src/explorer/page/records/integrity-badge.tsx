import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { api } from '../api/api.js';
import type { Asked } from '../api/api.js';
import type { Described, IntegrityAnswer, SegmentState, Soundness } from '../api/answers.js';
import { useLoaded } from '../api/use-loaded.js';
import { useDismissed } from '../keys/use-dismissed.js';
import { soundnessMeaning } from '../words/meaning.js';
import { Sign } from '../words/sign.js';

/** As many as the server looks at. */
const MOST_IDS = 500;
/** The worst first: one altered segment is what must be seen. */
const STATES: readonly Soundness[] = ['altered', 'unverified', 'unsealed', 'intact'];

/** How sound the segments are that the shown records are in. */
export function IntegrityBadge({ rows, asked }: { rows: readonly Described[]; asked: Asked }): JSX.Element | null {
  const ids = rows.slice(0, MOST_IDS).map(({ record }) => record.record_id);
  const key = `${ids.length} ${ids[0] ?? ''} ${ids.at(-1) ?? ''}`;
  const { value, error, phase } = useLoaded(
    (signal): Promise<IntegrityAnswer> => (ids.length === 0 ? Promise.resolve({ segments: {} }) : api.integrity(ids, asked, signal)),
    key,
  );
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useDismissed(box, isOpen, () => setOpen(false));
  if (ids.length === 0) return null;
  const segments = Object.values(value?.segments ?? {});
  const counts = STATES.map((state) => ({ state, count: segments.filter((segment) => segment.state === state).length }));
  const worst = counts.find(({ count }) => count > 0);
  const meaning = worst === undefined ? undefined : soundnessMeaning(worst.state);
  const word = meaning?.word ?? (phase === 'loading' ? 'checking …' : 'not known');
  return (
    <div class="integrity" ref={box}>
      <button type="button" class={`tool integrity-open tone-${meaning?.tone ?? 'unknown'}`} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
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
          <p class="quiet-text">{segmentsSaid(segments, ids.length)}</p>
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
  return `${segments.length} segments hold the newest ${records} records shown; ${signed} of their certificates are signed. The whole chain is checked by audit-register verify.`;
}

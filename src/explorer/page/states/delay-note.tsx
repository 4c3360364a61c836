import type { JSX } from 'preact';
import { spanOf } from '../view/times.js';
import { Sign } from '../words/sign.js';

/** Below this, records are on their way as always. */
const NOTABLE_SECONDS = 60;

export function DelayNote({ seconds }: { seconds: number }): JSX.Element | null {
  if (seconds < NOTABLE_SECONDS) return null;
  return (
    <div class="delay" role="status">
      <Sign name="clock" />
      <span>
        <b>Delivery is behind by {spanOf(seconds)}.</b> The newest records may still be on their way;{' '}
        <code>audit-register spool</code> tells what waits.
      </span>
    </div>
  );
}

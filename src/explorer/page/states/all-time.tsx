import type { JSX } from 'preact';
import { navigate } from '../view/navigation.js';
import { EVERYTHING, isEverything } from '../view/period.js';
import { useReading } from '../view/reading.js';

/** The way on where a period holds nothing; none where all time holds nothing. */
export function AllTime(): JSX.Element | null {
  const { view } = useReading();
  if (isEverything(view.period)) return null;
  return (
    <button type="button" class="tool" onClick={() => navigate({ ...view, period: EVERYTHING })}>
      Search all time
    </button>
  );
}

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Bucket, Histogram as HistogramData, Outcome } from '../api/answers.js';
import type { Loaded } from '../api/use-loaded.js';
import { addTerm } from '../search/terms.js';
import { navigate } from '../view/navigation.js';
import { useReading } from '../view/reading.js';
import { clockOf, dayOf, spanOf } from '../view/times.js';
import type { Zone } from '../view/times.js';
import { OUTCOMES } from '../words/meaning.js';
import { BarChart } from './bar-chart.js';

/** How `outcome:` calls them. */
const SEARCHED: Readonly<Record<Outcome, string>> = {
  ok: 'success',
  failed: 'failure',
  denied: 'denied',
  rolled_back: 'rolled_back',
  unknown: 'unknown',
};

/** Records over time, stacked by outcome. Brushed with the pointer, or with the arrow keys, Shift and Enter. */
export function Histogram({ loaded, theme }: { loaded: Loaded<HistogramData>; theme: string }): JSX.Element {
  const { view, zone } = useReading();
  const data = loaded.value;
  const zoom = (fromMillis: number, toMillis: number): void =>
    navigate({
      ...view,
      period: {
        kind: 'between',
        from: new Date(fromMillis).toISOString(),
        to: new Date(toMillis).toISOString(),
      },
    });
  return (
    <section class={`histogram${loaded.phase === 'loading' ? ' stale' : ''}`} aria-label="Records over time">
      {data === undefined || data.buckets.length === 0 ? (
        <div class="histogram-empty" aria-hidden="true" />
      ) : (
        <>
          <BucketSlider data={data} zone={zone} zoom={zoom}>
            {(chosen) => <BarChart data={data} zone={zone} theme={theme} chosen={chosen} zoom={zoom} />}
          </BucketSlider>
          <Legend data={data} />
        </>
      )}
    </section>
  );
}

interface SliderProps {
  readonly data: HistogramData;
  readonly zone: Zone;
  readonly zoom: (fromMillis: number, toMillis: number) => void;
  readonly children: (chosen: readonly [number, number] | undefined) => JSX.Element;
}

/** The same by keyboard: a slider over the buckets, which says each of them. */
function BucketSlider({ data, zone, zoom, children }: SliderProps): JSX.Element {
  const [at, setAt] = useState<number>();
  const [anchor, setAnchor] = useState<number>();
  useEffect(() => {
    setAt(undefined);
    setAnchor(undefined);
  }, [data]);
  const last = data.buckets.length - 1;
  const now = Math.min(at ?? last, last);
  const chosen =
    at === undefined ? undefined : ([Math.min(anchor ?? now, now), Math.max(anchor ?? now, now)] as const);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAnchor(event.shiftKey ? (anchor ?? now) : undefined);
      setAt(at === undefined ? last : Math.max(0, Math.min(last, to)));
    } else if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault();
      zoom(...instantsOf(data, chosen));
    } else if (event.key === 'Escape') setAt(undefined);
  };
  return (
    <div
      class="histogram-chart"
      role="slider"
      tabIndex={0}
      aria-label="Time. Arrow keys choose, Shift selects several, Enter zooms in"
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={now}
      aria-valuetext={chosen === undefined ? `${data.total} records` : sayBuckets(data, chosen, zone)}
      onKeyDown={onKeyDown}
      onBlur={() => setAt(undefined)}
    >
      {children(chosen)}
      {chosen === undefined ? null : (
        <p class="histogram-said">{sayBuckets(data, chosen, zone)} · Enter zooms in</p>
      )}
    </div>
  );
}

function Legend({ data }: { data: HistogramData }): JSX.Element {
  const { view } = useReading();
  const sums = OUTCOMES.map((entry) => ({ ...entry, count: sumOf(data.buckets, entry.outcome) }));
  return (
    <div class="legend">
      <span class="total">
        <b>{data.total.toLocaleString('en')}</b> {data.total === 1 ? 'record' : 'records'}
      </span>
      {sums
        .filter(({ count }) => count > 0)
        .map(({ outcome, word, tone, count }) => (
          <button
            key={outcome}
            type="button"
            class={`legend-entry tone-${tone}`}
            title={`Only ${word}`}
            onClick={() =>
              navigate({ ...view, search: addTerm(view.search, 'outcome', SEARCHED[outcome]), recordId: '' })
            }
          >
            <i class={`swatch swatch-${outcome}`} />
            {word} <b>{count.toLocaleString('en')}</b>
          </button>
        ))}
      <span class="legend-bucket">a bar is {spanOf(data.bucketSeconds)}</span>
    </div>
  );
}

export function instantsOf(data: HistogramData, [first, last]: readonly [number, number]): [number, number] {
  const begin = (index: number): number => Date.parse(data.buckets[index]?.at ?? data.from);
  return [begin(first), begin(last) + data.bucketSeconds * 1_000];
}

export function sayBuckets(data: HistogramData, chosen: readonly [number, number], zone: Zone): string {
  const [from, to] = instantsOf(data, chosen);
  const buckets = data.buckets.slice(chosen[0], chosen[1] + 1);
  const counts = OUTCOMES.map(({ outcome, word }) => ({ word, count: sumOf(buckets, outcome) }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const parts = counts
    .filter(({ word, count }) => count > 0 && word !== 'ok')
    .map(({ word, count }) => `${count} ${word}`);
  return `${dayOf(from, zone)} ${clockOf(from, zone)} – ${clockOf(to, zone)}: ${[`${total} records`, ...parts].join(', ')}`;
}

export function sumOf(buckets: readonly Bucket[], outcome: Outcome): number {
  return buckets.reduce((sum, { counts }) => sum + (counts[outcome] ?? 0), 0);
}

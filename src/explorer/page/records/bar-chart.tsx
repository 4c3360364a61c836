import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Histogram, Outcome } from '../api/answers.js';
import { clockOf, dayOf } from '../view/times.js';
import type { Zone } from '../view/times.js';
import { OUTCOMES } from '../words/meaning.js';

interface Props {
  readonly data: Histogram;
  readonly zone: Zone;
  readonly theme: string;
  /** Buckets chosen by keyboard. */
  readonly chosen: readonly [number, number] | undefined;
  readonly zoom: (fromMillis: number, toMillis: number) => void;
}

const HEIGHT = 112;
const NARROW_HEIGHT = 84;
/** A brush shorter than this is a click. */
const LEAST_BRUSH_PIXELS = 4;
const DAY_SECONDS = 86_400;

export function BarChart({ data, zone, theme, chosen, zoom }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const parent = box.current;
    if (parent === null) return undefined;
    const plot = new uPlot(optionsOf(parent, data, zone, zoom), stackedOf(data), parent);
    chart.current = plot;
    const resized = new ResizeObserver(() => plot.setSize(sizeOf(parent)));
    resized.observe(parent);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
    // NOTE: the colours are read from the style sheet, so another theme is another chart.
  }, [data, zone.name, theme]);
  useEffect(() => {
    const plot = chart.current;
    if (plot === undefined) return;
    const select = chosen === undefined ? NO_SELECTION : selectionOf(plot, data, chosen);
    plot.setSelect(select, false);
  }, [chosen?.[0], chosen?.[1], data, theme]);
  return <div class="chart" ref={box} aria-hidden="true" />;
}

const NO_SELECTION = { left: 0, top: 0, width: 0, height: 0 };

function selectionOf(plot: uPlot, data: Histogram, [first, last]: readonly [number, number]): uPlot.Select {
  const at = (index: number): number => Date.parse(data.buckets[index]?.at ?? data.to) / 1_000;
  const left = plot.valToPos(at(first), 'x');
  const right = plot.valToPos(at(last) + data.bucketSeconds, 'x');
  return { left, top: 0, width: right - left, height: plot.over.clientHeight };
}

/** Each outcome on top of those before it; drawn from the highest down, so that each covers what is not its own. */
function stackedOf({ buckets }: Histogram): uPlot.AlignedData {
  const times = buckets.map(({ at }) => Date.parse(at) / 1_000);
  const heights = OUTCOMES.map((_, index) =>
    buckets.map(({ counts }) =>
      OUTCOMES.slice(0, index + 1).reduce((sum, { outcome }) => sum + (counts[outcome] ?? 0), 0),
    ),
  );
  return [times, ...heights.reverse()];
}

function optionsOf(parent: HTMLElement, data: Histogram, zone: Zone, zoom: Props['zoom']): uPlot.Options {
  const style = getComputedStyle(parent);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const begin = Date.parse(data.from) / 1_000;
  const first = Date.parse(data.buckets[0]?.at ?? data.from) / 1_000;
  const last = Date.parse(data.buckets.at(-1)?.at ?? data.to) / 1_000 + data.bucketSeconds;
  const bars = uPlot.paths.bars?.({ size: [0.82, 48], align: 1 });
  const axis = { stroke: colour('--ink-3'), font: `11px ${colour('--sans')}`, ticks: { show: false } };
  return {
    ...sizeOf(parent),
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { time: true, range: [Math.min(begin || first, first), last] },
      y: { range: (_, __, highest) => [0, Math.max(1, highest * 1.05)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        space: 88,
        values: (_, ticks) => ticks.map((at) => tickOf(at, data, zone)),
      },
      {
        ...axis,
        grid: { stroke: colour('--line'), width: 1 },
        size: 44,
        space: 32,
        incrs: WHOLE_STEPS,
        values: (_, ticks) => ticks.map(shortCount),
      },
    ],
    series: [
      {},
      ...[...OUTCOMES].reverse().map(({ outcome }) => ({
        fill: colour(CHART_COLOURS[outcome]),
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      })),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < LEAST_BRUSH_PIXELS) return;
          plot.setSelect(NO_SELECTION, false);
          zoom(plot.posToVal(left, 'x') * 1_000, plot.posToVal(left + width, 'x') * 1_000);
        },
      ],
    },
    tzDate: (seconds) =>
      zone.isUtc ? uPlot.tzDate(new Date(seconds * 1_000), 'UTC') : new Date(seconds * 1_000),
  };
}

const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => step * 10 ** power))
  .sort((a, b) => a - b);

const CHART_COLOURS: Readonly<Record<Outcome, string>> = {
  ok: '--bar-ok',
  failed: '--bar-failed',
  denied: '--bar-denied',
  rolled_back: '--bar-rolled-back',
  unknown: '--bar-unknown',
};

function sizeOf(parent: HTMLElement): { width: number; height: number } {
  return {
    width: Math.max(120, parent.clientWidth),
    height: parent.clientWidth < 600 ? NARROW_HEIGHT : HEIGHT,
  };
}

function tickOf(seconds: number, data: Histogram, zone: Zone): string {
  const isLong = Date.parse(data.to) - Date.parse(data.from) > 2 * DAY_SECONDS * 1_000;
  const clock = clockOf(seconds * 1_000, zone);
  if (isLong) return dayOf(seconds * 1_000, zone).slice(5);
  return data.bucketSeconds < 60 && !clock.endsWith(':00') ? clock : clock.slice(0, 5);
}

function shortCount(count: number): string {
  return Intl.NumberFormat('en', { notation: 'compact' }).format(count);
}

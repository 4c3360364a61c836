import { DJANGO_MIXES } from '../../measure/django.ts';
import { RATES } from '../../measure/latency.ts';
import type { LoadFindings } from '../../measure/rounds.ts';
import { LOAD_SECTIONS } from '../../sections/load-sections.ts';
import type { Findings } from '../../sections/sections.ts';
import { BASE, VARIANTS } from '../../variants/variants.ts';
import type { VariantName } from '../../variants/variants.ts';
import { easyAuditSlowDown } from '../django-report.ts';
import { formatNumber } from '../format.ts';
import { addedCpu, slowDown } from '../load-report.ts';
import { SAME_REQUEST } from '../slow-down.ts';
import { startUpAdded } from '../start-up-report.ts';
import { spreadOf } from '../statistics.ts';
import type { Spread } from '../statistics.ts';
import { barChart } from './bar-chart.ts';
import type { Bar, BarChart, BarGroup } from './bar-chart.ts';

export interface Plot {
  readonly name: string;
  /** What it shows, in words and numbers, for who cannot see it. */
  readonly alt: string;
  readonly svg: string;
}

/** A plot of each question that has been measured. */
export function drawPlots(findings: Findings): readonly Plot[] {
  const charts: readonly (readonly [string, BarChart])[] = [
    ['added-cpu', addedCpuChart(findings)],
    ['latency', latencyChart(findings)],
    ['slow-down', slowDownChart(findings)],
    ['delivery', deliveryChart(findings)],
    ['start-up', startUpChart(findings)],
  ];
  return charts
    .map(([name, chart]) => ({ name, chart: { ...chart, groups: chart.groups.filter(hasBars) } }))
    .filter(({ chart }) => chart.groups.length > 0)
    .map(({ name, chart }) => ({ name, alt: describe(chart), svg: barChart(chart) }));
}

const hasBars = ({ bars }: BarGroup): boolean => bars.length > 0;

function describe({ title, unit, digits, groups }: BarChart): string {
  const told = groups.map(({ title, bars }) => {
    const values = bars.map(({ label, spread }) => `${label} ${formatNumber(spread.median, digits)}`);
    return `${title}: ${values.join(', ')}`;
  });
  return `${title}, ${unit}. ${told.join('. ')}.`.replaceAll(/[[\]]/g, '');
}

function bar(variant: VariantName, spread: Spread): Bar {
  return { label: VARIANTS[variant].title, spread, isOurs: variant.startsWith('audit') };
}

function addedCpuChart(findings: Findings): BarChart {
  const groups = (['trivial', 'update'] as const).map((name) => ({
    title: LOAD_SECTIONS[name].title,
    bars: addedBars(findings[name], LOAD_SECTIONS[name].variants),
  }));
  return { title: 'CPU that a request costs more', unit: 'µs of the server, all threads', digits: 1, groups };
}

function deliveryChart({ delivery }: Findings): BarChart {
  const bars = addedBars(delivery, LOAD_SECTIONS.delivery.variants);
  const groups = [{ title: LOAD_SECTIONS.update.title, bars }];
  return { title: 'Ways of delivery: CPU that a request costs more', unit: 'µs', digits: 1, groups };
}

function addedBars(found: LoadFindings | undefined, variants: readonly VariantName[]): readonly Bar[] {
  if (found === undefined) return [];
  return variants
    .filter((variant) => variant !== BASE)
    .map((variant) => bar(variant, addedCpu(found, variant)));
}

function latencyChart({ latency }: Findings): BarChart {
  const rate = Math.max(...RATES);
  const samples = Object.entries(latency?.samples[rate] ?? {});
  const groups = (['p50Millis', 'p99Millis'] as const).map((figure) => ({
    title: figure === 'p50Millis' ? 'Half of the requests are faster than' : '99 of 100 are faster than',
    bars: samples.map(([variant, list]) =>
      bar(variant as VariantName, spreadOf(list.map((sample) => sample[figure]))),
    ),
  }));
  const title = `Latency at ${formatNumber(rate, 0)} requests a second, one UPDATE each`;
  return { title, unit: 'ms', digits: 2, groups };
}

function slowDownChart({ django, ...findings }: Findings): BarChart {
  const titles = { home: 'A request that does nothing', update: 'A request that changes a row' };
  const groups = DJANGO_MIXES.map((mix) => {
    const found = findings[SAME_REQUEST[mix]];
    if (django === undefined || django.notMeasured !== '' || found === undefined)
      return { title: titles[mix], bars: [] };
    const spread = easyAuditSlowDown(django, mix);
    const ofNode = (['postgres-events', 'audit'] as const).map((variant) =>
      bar(variant, slowDown(found, variant)),
    );
    return {
      title: titles[mix],
      bars: [{ label: 'django-easy-audit, in Django', spread, isOurs: false }, ...ofNode],
    };
  });
  const unit = 'requests a second without, for one with; 1 is no difference';
  return { title: 'Slower by what factor under full load', unit, digits: 2, groups };
}

function startUpChart({ startup }: Findings): BarChart {
  const moments = [
    ['atFirstLine', 'Until the application’s first line'],
    ['atFirstAnswer', 'Until its first answer'],
  ] as const;
  const groups = moments.map(([moment, title]) => ({
    title,
    bars: Object.keys(startup ?? {})
      .filter((variant) => variant !== BASE)
      .map((variant) =>
        bar(variant as VariantName, startUpAdded(startup ?? {}, variant as VariantName, moment)),
      ),
  }));
  return { title: 'Start-up: time that a preload adds', unit: 'ms', digits: 0, groups };
}

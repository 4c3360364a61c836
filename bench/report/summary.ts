import type { LoadFindings } from '../measure/rounds.ts';
import { LOAD_SECTIONS } from '../sections/load-sections.ts';
import type { LoadSectionName } from '../sections/load-sections.ts';
import type { Findings } from '../sections/sections.ts';
import { VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { formatNumber, formatSpread, formatTable } from './format.ts';
import { addedAgainstRival, addedCpu } from './load-report.ts';

const COMPARED: readonly VariantName[] = [
  'otel-noop',
  'otel-otlp',
  'evlog',
  'postgres-events',
  'audit-instrumentation',
  'audit',
];

/** What each variant is called by where bodies are recorded. */
const WITH_BODIES: Readonly<Partial<Record<VariantName, VariantName>>> = {
  audit: 'audit-bodies',
  evlog: 'evlog-bodies',
  'postgres-events': 'postgres-events-bodies',
};

const SUMMED: readonly LoadSectionName[] = ['trivial', 'update', 'five', 'shop', 'select', 'bodies'];

/** The CPU that each variant adds to a request, by application. */
export function summary(findings: Findings): readonly string[] {
  const rows = SUMMED.flatMap((name) => {
    const found = findings[name];
    return found === undefined ? [] : [rowOf(LOAD_SECTIONS[name].title, found)];
  });
  if (rows.length === 0) return [];
  const header = [
    'added CPU a request, µs',
    ...COMPARED.map((name) => VARIANTS[name].title),
    'audit-register against OTLP',
  ];
  return ['## In short', formatTable(header, rows)];
}

function rowOf(title: string, findings: LoadFindings): readonly string[] {
  const named = (variant: VariantName): VariantName =>
    findings.samples[variant] === undefined ? (WITH_BODIES[variant] ?? variant) : variant;
  const added = COMPARED.map((variant) =>
    findings.samples[named(variant)] === undefined ? '' : formatSpread(addedCpu(findings, named(variant)), 1),
  );
  return [title, ...added, `${formatNumber(addedAgainstRival(findings, named('audit')).median, 2)} ×`];
}

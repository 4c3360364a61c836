import { RATES } from '../measure/latency.ts';
import { LOAD_SECTIONS } from '../sections/load-sections.ts';
import type { Findings } from '../sections/sections.ts';
import { VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { easyAuditSlowDown } from './django-report.ts';
import { formatNumber, formatTable } from './format.ts';
import { addedLatency } from './latency-report.ts';
import { addedCpu, slowDown } from './load-report.ts';
import type { Results } from './results.ts';
import { startUpAdded } from './start-up-report.ts';

const BEGIN = '<!-- costs: begin, written by npm run bench -->';
const END = '<!-- costs: end, written by npm run bench -->';

const COMPARED: readonly VariantName[] = ['audit', 'otel-otlp', 'postgres-events', 'evlog'];

/** The README with the figures of the last run between its markers. */
export function withClaims(readme: string, results: Results): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) return readme;
  return `${before}${BEGIN}\n\n${claims(results)}\n\n${END}${after}`;
}

/** What may be said of the last run: nothing that was not measured. */
function claims({ findings, machine, effort }: Results): string {
  if (effort.isQuick) return 'Not measured yet: `npm run bench`.';
  const sentences = [latencyClaim(findings), startUpClaim(findings), djangoClaim(findings)].flat();
  return [
    `CPU that a request costs more, in µs, warm, everything on: the token verified, statements read, records redacted, chained and delivered (${machine.cores} × ${machine.cpu}, Node.js ${machine.node}, medians).`,
    cpuTable(findings),
    ...(sentences.length === 0 ? [] : [sentences.join(' ')]),
  ].join('\n\n');
}

function cpuTable(findings: Findings): string {
  const rows = (['trivial', 'update'] as const).flatMap((name) => {
    const found = findings[name];
    if (found === undefined) return [];
    const added = COMPARED.map((variant) => formatNumber(addedCpu(found, variant).median, 1));
    return [[LOAD_SECTIONS[name].title, ...added]];
  });
  return formatTable(['', ...COMPARED.map((variant) => VARIANTS[variant].title)], rows);
}

function latencyClaim({ latency }: Findings): readonly string[] {
  if (latency === undefined) return [];
  const rate = Math.max(...RATES);
  const added = (variant: VariantName): string =>
    formatNumber(addedLatency(latency, rate, variant, 'p50Millis').median, 2);
  return [
    `At ${formatNumber(rate, 0)} requests a second, one UPDATE each, it adds ${added('audit')} ms to the median latency (the middleware that inserts into PostgreSQL: ${added('postgres-events')} ms).`,
  ];
}

function startUpClaim({ startup }: Findings): readonly string[] {
  if (startup === undefined) return [];
  const millis = formatNumber(startUpAdded(startup, 'audit', 'atFirstLine').median, 0);
  return [`A process starts ${millis} ms later.`];
}

/** Both under full load, each beside the same application without. */
function djangoClaim({ django, update }: Findings): readonly string[] {
  if (django === undefined || django.notMeasured !== '' || update === undefined) return [];
  const own = formatNumber(slowDown(update, 'audit').median, 1);
  return [
    `Under full load requests that change a row are ${own} × slower with it, those of a Django service with django-easy-audit ${formatNumber(easyAuditSlowDown(django, 'update').median, 1)} ×.`,
  ];
}

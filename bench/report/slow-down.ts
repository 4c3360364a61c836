import { DJANGO_MIXES } from '../measure/django.ts';
import type { DjangoMix } from '../measure/django.ts';
import type { LoadFindings } from '../measure/rounds.ts';
import type { Findings } from '../sections/sections.ts';
import { VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { easyAuditAddedCpu, easyAuditSlowDown } from './django-report.ts';
import { formatSpread, formatTable } from './format.ts';
import { addedCpu, slowDown } from './load-report.ts';

/** The section that has the same request in Node.js. */
export const SAME_REQUEST = { home: 'trivial', update: 'update' } as const satisfies Record<
  DjangoMix,
  string
>;

const BESIDE: readonly VariantName[] = ['postgres-events', 'audit'];
const HEADER = ['', 'nothing: slower by', 'added CPU, µs', 'a change: slower by', 'added CPU, µs'];

/** django-easy-audit beside what audits the same requests in Node.js, each against its own service without. */
export function slowDownTable(findings: Findings): readonly string[] {
  const { django } = findings;
  if (django === undefined || django.notMeasured !== '') return [];
  const easyAudit = DJANGO_MIXES.flatMap((mix) => [
    formatSpread(easyAuditSlowDown(django, mix), 2, ' ×'),
    formatSpread(easyAuditAddedCpu(django, mix), 0),
  ]);
  const rows = BESIDE.map((variant) => [
    VARIANTS[variant].title,
    ...DJANGO_MIXES.flatMap((mix) => cells(findings[SAME_REQUEST[mix]], variant)),
  ]);
  return [
    '## Beside django-easy-audit',
    'How much slower a service becomes under full load, and what a request costs it more: in Django by django-easy-audit, in Node.js by the middleware and by audit-register. A request that does nothing, and one that changes a row.',
    formatTable(HEADER, [['django-easy-audit, in Django', ...easyAudit], ...rows]),
  ];
}

function cells(found: LoadFindings | undefined, variant: VariantName): readonly string[] {
  if (found === undefined) return ['not measured', ''];
  return [formatSpread(slowDown(found, variant), 2, ' ×'), formatSpread(addedCpu(found, variant), 1)];
}

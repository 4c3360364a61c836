import { DJANGO_MIXES } from '../measure/django.ts';
import type { DjangoFindings, DjangoMix, DjangoSample } from '../measure/django.ts';
import { formatNumber, formatSpread, formatTable } from './format.ts';
import { perRound, spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';

const HEADER = [
  'request',
  'requests/s without',
  'with easy-audit',
  'slower by',
  'added CPU, µs',
  'p50 without, ms',
  'with easy-audit',
];

const TITLES: Readonly<Record<DjangoMix, string>> = {
  home: 'does nothing',
  update: 'loads a row, changes it, saves it',
};

export function djangoReport(findings: DjangoFindings): string {
  const { notMeasured, arrived, problems } = findings;
  const title = '## django-easy-audit';
  if (notMeasured !== '') return [title, `Not measured: ${notMeasured}`].join('\n\n');
  const rows = DJANGO_MIXES.map((mix) => rowOf(findings, mix));
  const verdict = problems.length === 0 ? 'none missing, none too many' : 'NOT as it should be, see above';
  return [
    title,
    'A service in Django (`bench/django`) with the same two requests, without and with django-easy-audit as its README has one set it up. Waitress on eight threads, one connection each, a user who is logged in.',
    formatTable(HEADER, rows),
    `Arrived, warm-up included: ${formatNumber(arrived, 0)} events, ${verdict}.`,
  ].join('\n\n');
}

/** Requests a second without, for one with. */
export function easyAuditSlowDown(findings: DjangoFindings, mix: DjangoMix): Spread {
  return perRound(
    sidesOf(findings, mix),
    (without, audited) => without.requestsPerSecond / audited.requestsPerSecond,
  );
}

/** CPU of the service that easy-audit adds to a request, in microseconds. */
export function easyAuditAddedCpu(findings: DjangoFindings, mix: DjangoMix): Spread {
  return perRound(
    sidesOf(findings, mix),
    (without, audited) => audited.cpuMicrosPerRequest - without.cpuMicrosPerRequest,
  );
}

/** Without and with. */
function sidesOf({ samples }: DjangoFindings, mix: DjangoMix): readonly (readonly DjangoSample[])[] {
  const found = samples[mix];
  if (found === undefined) throw new Error('a request of the section was not measured');
  return [found.unaudited, found.audited];
}

function rowOf(findings: DjangoFindings, mix: DjangoMix): readonly string[] {
  const [unaudited = [], audited = []] = sidesOf(findings, mix);
  const cell = (samples: readonly DjangoSample[], figure: keyof DjangoSample, digits: number): string =>
    formatSpread(spreadOf(samples.map((sample) => sample[figure])), digits);
  return [
    TITLES[mix],
    cell(unaudited, 'requestsPerSecond', 0),
    cell(audited, 'requestsPerSecond', 0),
    formatSpread(easyAuditSlowDown(findings, mix), 2, ' ×'),
    formatSpread(easyAuditAddedCpu(findings, mix), 0),
    cell(unaudited, 'p50Millis', 2),
    cell(audited, 'p50Millis', 2),
  ];
}

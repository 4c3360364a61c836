import type { PipelineFindings, StageFindings } from '../measure/pipeline.ts';
import { formatNumber, formatSpread, formatTable } from './format.ts';
import { spreadOf } from './statistics.ts';

/** From the end of a span to bytes in the file, for a statement whose text is known. */
const ON_THE_WAY = new Set(['identity', 'policy', 'sql-known', 'redact', 'encode', 'digest', 'spool']);

export function pipelineReport(findings: PipelineFindings): string {
  const rows = findings.stages.map((stage) => [
    stage.title,
    formatSpread(spreadOf(stage.micros.map(nanos)), 0),
    formatSpread(spreadOf(stage.heapBytes), 0),
  ]);
  const whole = wholeWay(findings);
  return [
    '## The pipeline alone',
    'Stage by stage, each in a process that does nothing else, with the code of the preload. CPU of all threads; what is allocated is counted on the heap of JavaScript.',
    formatTable(['stage', 'CPU a record, ns', 'allocated a record, bytes'], rows),
    ...(whole === undefined
      ? []
      : [
          `A record goes through all of them but the scope and the new text: ${formatNumber(whole, 2)} µs together.`,
        ]),
  ].join('\n\n');
}

/** Microseconds of a record; undefined when a stage is missing. */
export function wholeWay({ stages }: PipelineFindings): number | undefined {
  const onTheWay = stages.filter(({ id }) => ON_THE_WAY.has(id));
  if (onTheWay.length !== ON_THE_WAY.size) return undefined;
  return onTheWay.reduce((sum: number, stage: StageFindings) => sum + spreadOf(stage.micros).median, 0);
}

const nanos = (micros: number): number => micros * 1000;

import { LOAD_SECTIONS } from '../sections/load-sections.ts';
import type { LoadSection } from '../sections/load-section.ts';
import { timesOf } from '../sections/section.ts';
import type { Effort, Tell } from '../sections/section.ts';
import type { Stage } from '../stage/stage.ts';
import type { VariantName } from '../variants/variants.ts';
import { inRound, liveThrough } from './rounds.ts';
import type { Lives } from './rounds.ts';
import type { Life, PacedSample } from './subject.ts';

export const LATENCY_SECTION: LoadSection = {
  ...LOAD_SECTIONS.update,
  id: 'latency',
  variants: ['bare', 'otel-otlp', 'postgres-events', 'audit', 'audit-write-ahead'],
  lives: 1,
  rounds: 3,
};

/** Requests a second that every variant can serve. */
export const RATES = [500, 2_000] as const;

/** By rate, then by variant. */
export interface LatencyFindings {
  readonly samples: Readonly<Record<string, Partial<Record<VariantName, readonly PacedSample[]>>>>;
  readonly lives: Lives;
}

/** Longer than a measurement of throughput: the slowest of a hundred need many. */
const LONGER = 1.5;

export async function measureLatency(stage: Stage, effort: Effort, tell: Tell): Promise<LatencyFindings> {
  const samples: Record<string, Record<string, PacedSample[]>> = {};
  const lives: Record<string, Life[]> = {};
  const options = { stage, section: LATENCY_SECTION, effort, tell, life: 0 };
  await liveThrough(options, lives, async (subjects) => {
    for (let round = 0; round < timesOf(effort, LATENCY_SECTION.rounds); round++) {
      for (const rate of RATES) {
        for (const [variant, subject] of inRound([...subjects], round)) {
          const sample = await subject.pace(rate, effort.seconds * LONGER);
          ((samples[rate] ??= {})[variant] ??= []).push(sample);
          tell(describe(rate, variant, sample));
        }
      }
    }
  });
  return { samples, lives };
}

function describe(rate: number, variant: VariantName, sample: PacedSample): string {
  const { p50Millis, p99Millis, loopDelayP99Millis } = sample;
  const [p50, p99, delay] = [p50Millis, p99Millis, loopDelayP99Millis].map((millis) => millis.toFixed(2));
  return `latency    ${variant.padEnd(24)} at ${rate} requests/s: p50 ${p50} ms, p99 ${p99} ms, event loop p99 ${delay} ms`;
}

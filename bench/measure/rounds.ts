import type { LoadSection } from '../sections/section.ts';
import type { Stage } from '../stage/stage.ts';
import type { VariantName } from '../variants/variants.ts';
import { shoot } from './shot.ts';
import type { Sample } from './shot.ts';

export interface Effort {
  readonly rounds: number;
  /** Of the measured load, about. */
  readonly seconds: number;
  /** Share of a section's warm-up that is done. */
  readonly warmUp: number;
  /** Starts of a process, a variant. */
  readonly starts: number;
}

export type Samples = Partial<Record<VariantName, readonly Sample[]>>;

/** Round by round through all variants, forth and back, so that a drift of the machine meets all of them alike. */
export async function measureLoad(
  stage: Stage,
  section: LoadSection,
  { rounds, seconds, warmUp }: Effort,
  tell: (text: string) => void,
): Promise<Samples> {
  const samples: Partial<Record<VariantName, Sample[]>> = {};
  const token = await stage.issuer.token();
  for (let round = 0; round < rounds; round++) {
    for (const variant of inRound(section.variants, round)) {
      const sample = await shoot({
        stage,
        section,
        variant,
        token,
        seconds,
        instance: `${section.id}-${variant}-${round}`,
        warmUpCycles: Math.max(1, Math.round(section.warmUpCycles * warmUp)),
      });
      (samples[variant] ??= []).push(sample);
      tell(describe(section, variant, round, sample));
    }
  }
  return samples;
}

export function inRound<T>(variants: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? variants : variants.toReversed();
}

function describe({ id }: LoadSection, variant: VariantName, round: number, sample: Sample): string {
  const figures = `${Math.round(sample.requestsPerSecond)} requests/s, ${sample.cpuMicrosPerRequest.toFixed(1)} µs CPU a request`;
  const problems = sample.problems.map((problem) => `\n  ! ${problem}`).join('');
  return `${id.padEnd(10)} round ${round + 1} ${variant.padEnd(12)} ${figures}${problems}`;
}

import type { LoadSection } from '../sections/load-section.ts';
import { timesOf } from '../sections/section.ts';
import type { Effort, Tell } from '../sections/section.ts';
import type { Stage } from '../stage/stage.ts';
import type { VariantName } from '../variants/variants.ts';
import { Subject } from './subject.ts';
import type { Life, Sample } from './subject.ts';

export type Samples = Partial<Record<VariantName, readonly Sample[]>>;
export type Lives = Partial<Record<VariantName, readonly Life[]>>;

export interface LoadFindings {
  readonly samples: Samples;
  readonly lives: Lives;
}

const COLD_REQUESTS = 2_000;
/** Share of the warm-up in a quick run. */
const QUICK_WARM_UP = 0.02;

/**
 * In each life all variants are started and warmed up, then measured round by round, forth and back: a drift of the
 * machine meets all of them alike. What is not measured waits, and has nothing to do.
 */
export async function measureLoad(
  stage: Stage,
  section: LoadSection,
  effort: Effort,
  tell: Tell,
): Promise<LoadFindings> {
  const samples: Record<string, Sample[]> = {};
  const lives: Record<string, Life[]> = {};
  for (let life = 0; life < timesOf(effort, section.lives); life++) {
    await liveThrough({ stage, section, effort, tell, life }, lives, (subjects) =>
      measureAll(section, effort, subjects, samples, tell),
    );
  }
  return { samples, lives };
}

export type Subjects = ReadonlyMap<VariantName, Subject>;

interface LifeOptions {
  readonly stage: Stage;
  readonly section: LoadSection;
  readonly effort: Effort;
  readonly tell: Tell;
  /** Which of them. */
  readonly life: number;
}

/** Starts and warms up all variants, has them measured, ends them, and counts what they left behind. */
export async function liveThrough(
  options: LifeOptions,
  lives: Record<string, Life[]>,
  measure: (subjects: Subjects) => Promise<void>,
): Promise<void> {
  const { section, tell } = options;
  const subjects = new Map<VariantName, Subject>();
  try {
    await startAll(options, subjects);
    await measure(subjects);
    for (const [variant, subject] of subjects) {
      subjects.delete(variant);
      const ended = await subject.end();
      (lives[variant] ??= []).push(ended);
      for (const problem of ended.problems) tell(`  ! ${section.id}, ${variant}: ${problem}`);
    }
  } finally {
    for (const subject of subjects.values()) await subject.abandon();
  }
}

async function startAll(
  { stage, section, effort, tell, life }: LifeOptions,
  subjects: Map<VariantName, Subject>,
): Promise<void> {
  const token = await stage.issuer.token();
  const share = effort.isQuick ? QUICK_WARM_UP : 1;
  for (const variant of inRound(section.variants, life)) {
    const instance = `${section.id}-${variant}-${life}`;
    const subject = await Subject.start({ stage, section, variant, token, instance });
    subjects.set(variant, subject);
    await subject.warmUp(COLD_REQUESTS * share, section.warmUpRequests * share);
    if (!effort.isQuick) tell(`${section.id.padEnd(10)} ${variant.padEnd(24)} is warm`);
  }
}

async function measureAll(
  section: LoadSection,
  effort: Effort,
  subjects: Subjects,
  samples: Record<string, Sample[]>,
  tell: Tell,
): Promise<void> {
  for (let round = 0; round < timesOf(effort, section.rounds); round++) {
    for (const [variant, subject] of inRound([...subjects], round)) {
      const sample = await subject.measure(effort.seconds);
      (samples[variant] ??= []).push(sample);
      tell(describe(section, variant, sample));
    }
  }
}

export function inRound<T>(variants: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? variants : variants.toReversed();
}

function describe({ id }: LoadSection, variant: VariantName, sample: Sample): string {
  const figures = `${Math.round(sample.requestsPerSecond)} requests/s, ${sample.cpuMicrosPerRequest.toFixed(1)} µs CPU a request`;
  return `${id.padEnd(10)} ${variant.padEnd(24)} ${figures}`;
}

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
  const subjects = await startAll(options);
  try {
    await warmUpAll(options, subjects);
    await measure(subjects);
  } catch (error) {
    await each(subjects, (_variant, subject) => subject.abandon());
    throw error;
  }
  await each(subjects, async (variant, subject) => {
    const ended = await subject.end();
    (lives[variant] ??= []).push(ended);
    for (const problem of ended.problems) tell(`  ! ${section.id}, ${variant}: ${problem}`);
  });
}

/** All at once, for nothing of it is measured. */
async function startAll({ stage, section, life }: LifeOptions): Promise<Subjects> {
  const token = await stage.issuer.token();
  const subjects = new Map<VariantName, Subject>();
  const starts = await Promise.allSettled(
    section.variants.map(async (variant) => {
      const instance = `${section.id}-${variant}-${life}`;
      subjects.set(variant, await Subject.start({ stage, section, variant, token, instance }));
    }),
  );
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed === undefined)
    return new Map(inRound(section.variants, life).map((name) => [name, subjects.get(name) as Subject]));
  await each(subjects, (_variant, subject) => subject.abandon());
  throw failed.reason;
}

async function warmUpAll({ section, effort, tell }: LifeOptions, subjects: Subjects): Promise<void> {
  const share = effort.isQuick ? QUICK_WARM_UP : 1;
  for (const [variant, subject] of subjects) {
    await subject.warmUp(COLD_REQUESTS * share, section.warmUpRequests * share);
    if (!effort.isQuick) tell(`${section.id.padEnd(10)} ${variant.padEnd(24)} is warm`);
  }
}

/** Waits for all of them, and fails with the first that failed. */
async function each(
  subjects: Subjects,
  act: (variant: VariantName, subject: Subject) => Promise<void>,
): Promise<void> {
  const acts = await Promise.allSettled([...subjects].map(([variant, subject]) => act(variant, subject)));
  const failed = acts.find((done) => done.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
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

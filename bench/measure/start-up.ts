import { join } from 'node:path';
import type { Stage } from '../stage/stage.ts';
import { startPeer } from '../stage/peer.ts';
import { VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { environmentOf } from './server.ts';
import { inRound } from './rounds.ts';
import type { Effort, Tell } from '../sections/section.ts';

const APP = join(import.meta.dirname, '../apps/start-up.cjs');

const START_UP_VARIANTS: readonly VariantName[] = [
  'bare',
  'otel-noop',
  'otel-otlp',
  'audit',
  'audit-instrumentation',
];

interface Reading {
  /** Since the process began. */
  readonly millis: number;
  readonly rssBytes: number;
}

export interface StartSample {
  /** When the application's own code begins: all that a preload does is done. */
  readonly atFirstLine: Reading;
  /** With `node:http` and `pg` loaded: what a preload puts off is done too. */
  readonly atFirstAnswer: Reading;
  readonly problems: readonly string[];
}

export type StartSamples = Partial<Record<VariantName, readonly StartSample[]>>;

/** Starts processes one after the other, variant by variant. */
export async function measureStarts(stage: Stage, { starts }: Effort, tell: Tell): Promise<StartSamples> {
  const samples: Partial<Record<VariantName, StartSample[]>> = {};
  for (let round = 0; round < starts; round++) {
    for (const variant of inRound(START_UP_VARIANTS, round)) {
      (samples[variant] ??= []).push(await measureStart(stage, variant, `startup-${variant}-${round}`));
    }
  }
  const problems = Object.values(samples).flatMap((list) => list.flatMap(({ problems }) => problems));
  tell(
    [`startup    ${starts} starts of each variant`, ...problems.map((problem) => `  ! ${problem}`)].join(
      '\n',
    ),
  );
  return samples;
}

async function measureStart(stage: Stage, name: VariantName, instance: string): Promise<StartSample> {
  const variant = VARIANTS[name];
  const peer = startPeer({
    name: `start-up.cjs under ${variant.title}`,
    args: [...(variant.preload === undefined ? [] : ['--require', variant.preload]), APP],
    env: environmentOf(stage, variant, instance),
    cores: stage.cores.server,
  });
  const reading = await peer.next<Omit<StartSample, 'problems'>>();
  const complaints = await peer.end();
  return { ...reading, problems: [...complaints, ...(await findMissing(stage, name, instance))] };
}

/** The one request of a start is recorded as well. */
async function findMissing(stage: Stage, name: VariantName, instance: string): Promise<readonly string[]> {
  if (VARIANTS[name].sends !== 'records') return [];
  const stored = await stage.register.recordsOf(instance);
  const records = stored.reduce((sum, entry) => sum + entry.records, 0);
  return records === 1 ? [] : [`1 record expected, ${records} stored`];
}

import { MIXES } from '../load/mixes.ts';
import { timesOf } from '../sections/section.ts';
import type { Effort, Tell } from '../sections/section.ts';
import { installDjango, setUpDjango, startDjango } from '../stage/django.ts';
import type { Django } from '../stage/django.ts';
import type { Stage } from '../stage/stage.ts';
import { inRound } from './rounds.ts';

/** What both services are asked for, as the applications in Node.js are. */
export const DJANGO_MIXES = ['home', 'update'] as const;
export type DjangoMix = (typeof DJANGO_MIXES)[number];

export interface DjangoSample {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Of the server. */
  readonly cpuMicrosPerRequest: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
}

type BySide = Readonly<Record<Side, readonly DjangoSample[]>>;
export type Side = 'unaudited' | 'audited';
const SIDES: readonly Side[] = ['unaudited', 'audited'];

export interface DjangoFindings {
  /** Why there are no figures; empty where there are. */
  readonly notMeasured: string;
  readonly samples: Readonly<Partial<Record<DjangoMix, BySide>>>;
  /** Events that easy-audit holds. */
  readonly arrived: number;
  readonly problems: readonly string[];
}

const ROUNDS = 3;
const THREADS = 8;
/** Python compiles when it loads; this fills connections and caches. */
const WARM_UP_REQUESTS = 1_000;
const QUICK_REQUESTS = 40;

interface Service extends Django {
  readonly cookie: string;
  readonly requests: Record<DjangoMix, number>;
}

export async function measureDjango(stage: Stage, effort: Effort, tell: Tell): Promise<DjangoFindings> {
  try {
    await installDjango();
  } catch (error) {
    const [why = ''] = /(?<=^\w*Error: ).*/m.exec((error as Error).message) ?? [(error as Error).message];
    tell(`django     not measured: ${why}`);
    return { notMeasured: why, samples: {}, arrived: 0, problems: [] };
  }
  const cookie = await setUpDjango(stage);
  const services = new Map<Side, Service>();
  try {
    for (const side of SIDES) {
      const django = await startDjango(stage, side === 'audited', THREADS);
      services.set(side, { ...django, cookie, requests: { home: 0, update: 0 } });
    }
    const samples = await measureAll(stage, services, effort, tell);
    return { notMeasured: '', samples, ...(await compareEvents(stage, services)) };
  } finally {
    for (const service of services.values()) await service.stop();
  }
}

async function measureAll(
  stage: Stage,
  services: ReadonlyMap<Side, Service>,
  effort: Effort,
  tell: Tell,
): Promise<DjangoFindings['samples']> {
  const samples: Partial<Record<DjangoMix, Record<Side, DjangoSample[]>>> = {};
  for (const mix of DJANGO_MIXES) {
    const bySide: Record<Side, DjangoSample[]> = { unaudited: [], audited: [] };
    samples[mix] = bySide;
    for (const service of services.values())
      await serve(stage, service, mix, effort.isQuick ? QUICK_REQUESTS : WARM_UP_REQUESTS);
    for (let round = 0; round < timesOf(effort, ROUNDS); round++) {
      for (const [side, service] of inRound([...services], round)) {
        const sample = await measureOne(stage, service, mix, effort);
        bySide[side].push(sample);
        tell(
          `django     ${side.padEnd(10)} ${mix.padEnd(8)} ${Math.round(sample.requestsPerSecond)} requests/s`,
        );
      }
    }
  }
  return samples;
}

async function measureOne(
  stage: Stage,
  service: Service,
  mix: DjangoMix,
  { isQuick, seconds }: Effort,
): Promise<DjangoSample> {
  const probe = isQuick ? QUICK_REQUESTS : WARM_UP_REQUESTS / 5;
  const { laterRequestsPerSecond } = await serve(stage, service, mix, probe);
  const before = await service.usage();
  const load = await serve(stage, service, mix, laterRequestsPerSecond * seconds);
  const after = await service.usage();
  return {
    requests: load.requests,
    requestsPerSecond: load.requests / load.seconds,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / load.requests,
    p50Millis: load.p50Millis,
    p99Millis: load.p99Millis,
  };
}

/** @throws Error when a response is not the expected one */
async function serve(stage: Stage, service: Service, mix: DjangoMix, atLeast: number) {
  const requests = Math.max(1, Math.round(atLeast / THREADS)) * THREADS;
  const headers = { cookie: service.cookie };
  const load = await stage.client.run({ url: service.url, headers, mix, connections: THREADS, requests });
  const { errors, statuses } = load;
  if (statuses['200'] !== requests || errors > 0)
    throw new Error(`${requests} responses 200 expected, ${JSON.stringify({ ...statuses, errors })} came`);
  service.requests[mix] += requests;
  return load;
}

/** easy-audit has an event of each request, and one of each row that was changed. */
async function compareEvents(stage: Stage, services: ReadonlyMap<Side, Service>) {
  const { home, update } = services.get('audited')?.requests ?? { home: 0, update: 0 };
  const expected = { requests: home + update, changes: update * MIXES.update.writes };
  const stored = await stage.eventTables.easyAuditEvents();
  const problems = (['requests', 'changes'] as const)
    .filter((kind) => stored[kind] !== expected[kind])
    .map((kind) => `easy-audit: ${expected[kind]} ${kind} expected, ${stored[kind]} stored`);
  return { arrived: stored.requests + stored.changes, problems };
}

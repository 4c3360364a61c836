import { MIXES } from '../load/mixes.ts';
import type { Load, LoadResult } from '../load/run-load.ts';
import type { LoadSection } from '../sections/section.ts';
import type { Stage } from '../stage/stage.ts';
import { VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { compareRecords, compareSpans, expectedRecords, expectedSpans } from './arrivals.ts';
import type { Doings } from './arrivals.ts';
import { startServer } from './server.ts';
import type { MeasuredServer } from './server.ts';

/** One variant in one round. */
export interface Sample {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Of the server, until all it recorded in that time had left it. */
  readonly cpuMicrosPerRequest: number;
  /** Share of the measured time in which the server had its core. */
  readonly busy: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly rssMegabytes: number;
  /** Records or spans that arrived, those of the warm-up included. */
  readonly arrived: number;
  readonly problems: readonly string[];
}

export interface ShotOptions {
  readonly stage: Stage;
  readonly section: LoadSection;
  readonly variant: VariantName;
  readonly instance: string;
  readonly token: string;
  readonly seconds: number;
  readonly warmUpCycles: number;
}

type Figures = Omit<Sample, 'arrived' | 'problems'>;

/** Starts the application anew, warms it up, measures it, ends it, and counts what it left behind. */
export async function shoot(options: ShotOptions): Promise<Sample> {
  const { stage, section, instance } = options;
  const variant = VARIANTS[options.variant];
  const server = await startServer({ stage, variant, app: section.app, instance });
  const { figures, loads } = await loadServer(server, options).catch(async (error: unknown) => {
    await server.end();
    throw error;
  });
  const complaints = await server.end();
  const requests = loads.reduce((sum, load) => sum + load.requests, 0);
  const mix = MIXES[section.mix];
  const doings = { mix, cycles: requests / mix.requests.length, backgroundWrites: section.backgroundWrites };
  const { arrived, problems } = await inspectArrivals(options, doings);
  const wrong = loads.flatMap((load) => compareResponses(load, section));
  return { ...figures, arrived, problems: [...wrong, ...problems, ...complaints] };
}

async function loadServer(server: MeasuredServer, options: ShotOptions) {
  const { section, stage, token, seconds, warmUpCycles } = options;
  const { connections, mix } = section;
  const perCycle = connections * MIXES[mix].requests.length;
  const load = (cycles: number): Load => ({
    url: server.url,
    token,
    mix,
    connections,
    requests: cycles * perCycle,
  });
  const warmUp = await stage.client.run(load(warmUpCycles));
  await server.flush();
  const before = await server.usage();
  const cycles = Math.max(1, Math.round((warmUp.laterRequestsPerSecond * seconds) / perCycle));
  const main = await stage.client.run(load(cycles));
  const loaded = await server.usage();
  await server.flush();
  const after = await server.usage();
  const figures: Figures = {
    requests: main.requests,
    requestsPerSecond: main.requests / main.seconds,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / main.requests,
    busy: (loaded.cpuMicros - before.cpuMicros) / 1e6 / main.seconds,
    p50Millis: main.p50Millis,
    p99Millis: main.p99Millis,
    rssMegabytes: loaded.rssBytes / 1e6,
  };
  return { figures, loads: [warmUp, main] };
}

async function inspectArrivals(
  { stage, variant, instance }: ShotOptions,
  doings: Doings,
): Promise<Pick<Sample, 'arrived' | 'problems'>> {
  const { sends, recordsReads = false } = VARIANTS[variant];
  if (sends === 'spans') {
    const expected = expectedSpans(doings);
    const spans = await stage.sink.take(expected);
    return { arrived: spans.http + spans.pg, problems: compareSpans(expected, spans) };
  }
  const stored = await stage.register.recordsOf(instance);
  const expected = sends === 'records' ? expectedRecords(doings, recordsReads) : [];
  return {
    arrived: stored.reduce((sum, { records }) => sum + records, 0),
    problems: compareRecords(expected, stored),
  };
}

function compareResponses(
  { requests, statuses, errors }: LoadResult,
  section: LoadSection,
): readonly string[] {
  const mix = MIXES[section.mix];
  const cycles = requests / mix.requests.length;
  const wrong = Object.keys({ ...mix.statuses, ...statuses })
    .filter((status) => (statuses[status] ?? 0) !== (mix.statuses[status] ?? 0) * cycles)
    .map(
      (status) =>
        `${(mix.statuses[status] ?? 0) * cycles} responses ${status} expected, ${statuses[status] ?? 0} came`,
    );
  return errors === 0 ? wrong : [...wrong, `${errors} requests ended in an error of the connection`];
}

import { MIXES } from '../load/mixes.ts';
import type { PacedResult } from '../load/paced-load.ts';
import type { LoadResult } from '../load/run-load.ts';
import type { LoadSection } from '../sections/load-section.ts';
import type { Stage } from '../stage/stage.ts';
import { VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { inspectArrivals } from './inspect.ts';
import { startServer } from './server.ts';
import type { MeasuredServer } from './server.ts';

/** Share of a measurement that is served before it: a process that has waited for its turn has to find its stride. */
const LEAD_IN = 0.2;

/** One measurement of a variant. */
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
}

/** One measurement at a fixed rate. */
export interface PacedSample {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Of the server while the load lasted. */
  readonly busy: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly lateP99Millis: number;
  readonly loopDelayP50Millis: number;
  readonly loopDelayP99Millis: number;
}

/** A process of a variant, from its start to its end. */
export interface Life {
  /** Of its first requests, when nothing is compiled. */
  readonly coldRequests: number;
  readonly coldCpuMicrosPerRequest: number;
  /** All that it served. */
  readonly requests: number;
  readonly arrived: number;
  readonly problems: readonly string[];
}

/** What a load says of its responses. */
type Served = Pick<LoadResult, 'requests' | 'statuses' | 'errors'>;

export interface SubjectOptions {
  readonly stage: Stage;
  readonly section: LoadSection;
  readonly variant: VariantName;
  readonly instance: string;
  readonly token: string;
}

/** An application under a variant and under load. */
export class Subject {
  readonly #options: SubjectOptions;
  readonly #server: MeasuredServer;
  readonly #loads: Served[] = [];
  /** Of the last load: how much fills the time of a measurement. */
  #requestsPerSecond = 1;
  #cold = { coldRequests: 0, coldCpuMicrosPerRequest: 0 };

  private constructor(options: SubjectOptions, server: MeasuredServer) {
    this.#options = options;
    this.#server = server;
  }

  static async start(options: SubjectOptions): Promise<Subject> {
    const { stage, section, instance } = options;
    const variant = VARIANTS[options.variant];
    if (variant.sends === 'events') await stage.eventTables.clearEvents();
    return new Subject(options, await startServer({ stage, variant, app: section.app, instance }));
  }

  /** The first requests apart, then until everything is compiled and settled. */
  async warmUp(coldRequests: number, requests: number): Promise<void> {
    const before = await this.#server.usage();
    const cold = await this.#load(coldRequests);
    await this.#server.flush();
    const after = await this.#server.usage();
    const cpuMicros = after.cpuMicros - before.cpuMicros;
    this.#cold = { coldRequests: cold.requests, coldCpuMicrosPerRequest: cpuMicros / cold.requests };
    await this.#load(requests);
    await this.#server.flush();
  }

  async measure(seconds: number): Promise<Sample> {
    await this.#load(this.#requestsPerSecond * seconds * LEAD_IN);
    await this.#server.flush();
    const before = await this.#server.usage();
    const load = await this.#load(this.#requestsPerSecond * seconds);
    const loaded = await this.#server.usage();
    await this.#server.flush();
    const after = await this.#server.usage();
    return {
      requests: load.requests,
      requestsPerSecond: load.requests / load.seconds,
      cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / load.requests,
      busy: (loaded.cpuMicros - before.cpuMicros) / 1e6 / load.seconds,
      p50Millis: load.p50Millis,
      p99Millis: load.p99Millis,
      rssMegabytes: loaded.rssBytes / 1e6,
    };
  }

  /** At a rate that it can serve with time to spare. */
  async pace(requestsPerSecond: number, seconds: number): Promise<PacedSample> {
    await this.#pace(requestsPerSecond, seconds * LEAD_IN);
    await this.#server.flush();
    const before = await this.#server.usage();
    await this.#server.watchDelay();
    const result = await this.#pace(requestsPerSecond, seconds);
    const delay = await this.#server.delay();
    const after = await this.#server.usage();
    await this.#server.flush();
    return {
      requests: result.requests,
      requestsPerSecond: result.requests / result.seconds,
      busy: (after.cpuMicros - before.cpuMicros) / 1e6 / result.seconds,
      p50Millis: result.p50Millis,
      p99Millis: result.p99Millis,
      lateP99Millis: result.lateP99Millis,
      loopDelayP50Millis: delay.p50Millis,
      loopDelayP99Millis: delay.p99Millis,
    };
  }

  /** Ends it as applications end, and counts what it left behind. */
  async end(): Promise<Life> {
    const { stage, section, variant, instance } = this.#options;
    const complaints = await this.#server.end();
    const requests = this.#loads.reduce((sum, load) => sum + load.requests, 0);
    const mix = MIXES[section.mix];
    const { arrived, problems } = await inspectArrivals(stage, variant, instance, {
      mix,
      cycles: requests / mix.requests.length,
      backgroundWrites: section.backgroundWrites,
    });
    const wrong = this.#loads.flatMap((load) => compareResponses(load, section));
    return { ...this.#cold, requests, arrived, problems: [...wrong, ...problems, ...complaints] };
  }

  /** Makes an end of it after a failure. */
  async abandon(): Promise<void> {
    await this.#server.end();
  }

  async #pace(requestsPerSecond: number, seconds: number): Promise<PacedResult> {
    const { stage, section, token } = this.#options;
    const result = await stage.client.pace({
      url: this.#server.url,
      headers: { authorization: `Bearer ${token}` },
      mix: section.mix,
      requestsPerSecond,
      requests: Math.round(requestsPerSecond * seconds),
    });
    this.#loads.push(result);
    return result;
  }

  /** Whole cycles of each connection. */
  async #load(requests: number): Promise<LoadResult> {
    const { stage, section, token } = this.#options;
    const { connections, mix } = section;
    const perCycle = connections * MIXES[mix].requests.length;
    const cycles = Math.max(1, Math.round(requests / perCycle));
    const headers = { authorization: `Bearer ${token}` };
    const load = { url: this.#server.url, headers, mix, connections, requests: cycles * perCycle };
    const result = await stage.client.run(load);
    this.#loads.push(result);
    // There is none where the second half came at once.
    if (result.laterRequestsPerSecond > 0) this.#requestsPerSecond = result.laterRequestsPerSecond;
    return result;
  }
}

function compareResponses({ requests, statuses, errors }: Served, section: LoadSection): readonly string[] {
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

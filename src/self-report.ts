import { ValueType } from '@opentelemetry/api';
import type { Histogram, Meter } from '@opentelemetry/api';
import { findHostMeterProvider } from './capture/spans/host-sdk.js';
import type { DeliveryCounts } from './delivery/delivery.js';
import type { Guard } from './guard.js';
import { clearInterval, setInterval } from './timers.js';

/** How often, and how many times, a meter provider is looked for that the application registers after its start. */
const LOOK_MILLIS = 1_000;
const MOST_LOOKS = 60;

/** Seconds, from a server beside us to the time limit of an insert. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What the metrics are read from, whenever somebody reads them. */
export interface ReportSource {
  counts(): DeliveryCounts;
  /** Faults of ours that did not reach the application. */
  faults(): number;
}

/** What this package says of itself in OpenTelemetry metrics. */
export interface SelfReport {
  /**
   * A segment was sent, whatever became of it.
   *
   * @param errorType `error.type` of the OpenTelemetry conventions, where it was not taken.
   */
  exportTook(seconds: number, errorType?: string): void;
}

/**
 * Reports to whichever meter provider the process has, and to none before it has one. The counts are only read when they
 * are exported, so a record costs nothing here.
 *
 * NOTE: the API hands out no meter that waits for a provider, as it does for tracers, so we look for it again: for a
 * minute by a timer, after that whenever a segment has been sent.
 */
export function reportMetrics(source: ReportSource, guard: Guard): SelfReport {
  let isReporting = false;
  let duration: Histogram | undefined;
  let looks = 0;
  const timer = setInterval(look, LOOK_MILLIS).unref();

  function look(): void {
    const provider = isReporting ? undefined : findHostMeterProvider();
    if (provider !== undefined) {
      // NOTE: once, for a provider that throws would throw again.
      isReporting = true;
      guard('the metrics', () => (duration = register(provider.getMeter('audit-register'), source, guard)));
    }
    looks += 1;
    if (isReporting || looks === MOST_LOOKS) clearInterval(timer);
  }

  look();
  return {
    exportTook: (seconds, errorType) => {
      if (!isReporting) look();
      guard('the metrics', () =>
        duration?.record(seconds, errorType === undefined ? {} : { 'error.type': errorType }),
      );
    },
  };
}

/** Names and units: docs/operations.md. */
function register(meter: Meter, source: ReportSource, guard: Guard): Histogram {
  const records = { unit: '{record}', valueType: ValueType.INT };
  const emitted = meter.createObservableCounter('audit.records.emitted', {
    ...records,
    description: 'Records that were made and got their place in the chain.',
  });
  const exported = meter.createObservableCounter('audit.records.exported', {
    ...records,
    description: 'Records that the sink has acknowledged.',
  });
  const dropped = meter.createObservableCounter('audit.records.dropped', {
    ...records,
    description: 'Records that are lost, because they could be kept nowhere.',
  });
  const refused = meter.createObservableCounter('audit.records.refused', {
    ...records,
    description: 'Records that the sink refuses, kept as dead letters.',
  });
  const depth = meter.createObservableGauge('audit.queue.depth', {
    ...records,
    description: 'Records that wait for the sink.',
  });
  const faults = meter.createObservableCounter('audit.faults', {
    unit: '{fault}',
    valueType: ValueType.INT,
    description: 'Faults of audit-register that did not reach the application.',
  });
  meter.addBatchObservableCallback(
    (result) => {
      guard('the metrics', () => {
        const counts = source.counts();
        result.observe(emitted, counts.appended);
        result.observe(exported, counts.delivered);
        result.observe(dropped, counts.dropped);
        result.observe(refused, counts.dead);
        result.observe(depth, counts.unsaved, { 'audit.queue.place': 'memory' });
        result.observe(depth, Math.max(0, counts.waiting - counts.unsaved), { 'audit.queue.place': 'spool' });
        result.observe(faults, source.faults());
      });
    },
    [emitted, exported, dropped, refused, depth, faults],
  );
  return meter.createHistogram('audit.export.duration', {
    unit: 's',
    description: 'How long it took to send a segment, whatever became of it.',
    advice: { explicitBucketBoundaries: DURATION_BOUNDS },
  });
}

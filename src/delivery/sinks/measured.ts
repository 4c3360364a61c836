import type { Sink } from './sink.js';
import { performance } from '../../timers.js';

/** The same sink, which tells how long it took to send each segment, and how that ended where it was not taken. */
export function createMeasuredSink(
  sink: Sink,
  exportTook: (seconds: number, errorType?: string) => void,
): Sink {
  const certify = sink.certify?.bind(sink);
  return {
    name: sink.name,
    ...(sink.mendOfRefusal !== undefined && { mendOfRefusal: sink.mendOfRefusal }),
    async send(segment, options) {
      const started = performance.now();
      const result = await sink.send(segment, options);
      const seconds = (performance.now() - started) / 1_000;
      if (result.status === 'accepted') exportTook(seconds);
      else exportTook(seconds, result.status);
      return result;
    },
    ...(certify !== undefined && { certify }),
    close: () => sink.close(),
  };
}

import { performance } from 'node:perf_hooks';
import type { Config } from '../../config/config.js';
import { createSpool, sinkTimeoutMillis } from '../../delivery/create-delivery.js';
import { Shipper } from '../../delivery/shipper.js';
import type { Sink } from '../../delivery/sinks/sink.js';
import { createSink } from '../../delivery/sinks/create-sink.js';
import type { Spool } from '../../delivery/spool/spool.js';
import { createSigner } from '../../integrity/signature.js';
import { createLog } from '../../log.js';
import type { CommandContext } from '../command.js';

/** How often somebody who waits looks up. */
const LOOK_MILLIS = 250;

/** A command's own part of the spool, and what delivers from it. */
export interface Shipping {
  readonly spool: Spool;
  readonly shipper: Shipper;
  readonly sink: Sink;
  /**
   * Waits for what was added. False when it was interrupted, or when nothing was delivered for too long.
   *
   * @param onLook Told now and then of the records that wait.
   */
  settled(onLook?: (waitingRows: number) => void): Promise<boolean>;
  /** What waits stays in the spool. */
  end(): Promise<void>;
}

export function openShipping(config: Config, context: CommandContext, timeoutSeconds: number): Shipping {
  const log = createLog(config.logLevel, (line) => context.say(line.trimEnd()));
  const sink = createSink(config, log);
  const spool = createSpool(config, context.env, log);
  const signer = config.signingKey === '' ? undefined : createSigner(config.signingKey);
  const place = (): string => `in the spool ${spool.path}`;
  const shipper = new Shipper({ sink, log, signer, place, timeoutMillis: sinkTimeoutMillis(config) });
  const { signal } = context;
  return {
    spool,
    shipper,
    sink,
    settled: async (onLook = () => {}) => {
      let waiting = shipper.waitingSegments();
      let movedAt = performance.now();
      while (!(await shipper.settled(LOOK_MILLIS))) {
        onLook(shipper.waiting());
        const now = shipper.waitingSegments();
        if (now !== waiting) movedAt = performance.now();
        waiting = now;
        if (signal.aborted || performance.now() - movedAt > timeoutSeconds * 1_000) return false;
      }
      return true;
    },
    end: async () => {
      await shipper.stop();
      await spool.close();
      await sink.close();
    },
  };
}

import { setTimeout as wait } from 'node:timers/promises';
import { backoffMillis } from '../delivery/backoff.js';
import type { SinkResult } from '../delivery/sinks/sink.js';
import { ImportError } from './errors.js';

/** In a row; the same command goes on later. */
const MOST_ATTEMPTS = 12;

/**
 * Brings something to the register, as often as it takes.
 *
 * @throws ImportError when the register refuses it, or does not take it in time.
 */
export async function deliver(
  name: string,
  attempt: () => Promise<SinkResult>,
  isInterrupted: () => boolean = () => false,
): Promise<void> {
  for (let count = 1; ; count++) {
    const result = await attempt();
    if (result.status === 'accepted') return;
    if (result.status === 'refused' || count === MOST_ATTEMPTS || isInterrupted()) {
      throw new ImportError(
        'ERR_AUDIT_IMPORT_STORE',
        `${name} does not take the records: ${result.reason}. Nothing is lost; run the import again to go on.`,
      );
    }
    await wait(result.retryAfterMillis ?? backoffMillis(count));
  }
}

import { createRequire } from 'node:module';
import { setTimeout } from '../timers.js';

/** A file of the client that it does not export by name; the version is pinned. */
const HOLDER = '@clickhouse/client/dist/common/utils/sleep.js';

/**
 * The client lets go of the event loop before each request by a timer, which it takes from the global scope: where tests of
 * the application replace that, no request would ever leave.
 */
export function keepClientAwake(): void {
  const holder = createRequire(__filename)(HOLDER) as { sleep: (millis: number) => Promise<unknown> };
  holder.sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
}

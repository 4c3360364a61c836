import type { Api } from './api/api.js';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Delivery } from './delivery/delivery.js';
import type { Pipeline } from './pipeline/pipeline.js';

/** What runs in this process (or worker thread) once the preload has started. */
export interface Runtime {
  readonly api: Api;
  readonly delivery: Delivery;
  readonly pipeline: Pipeline;
  readonly processor: SpanProcessor;
}

/** NOTE: on the global object, so that a second copy of this package finds the one that runs. */
const KEY = Symbol.for('audit-register.runtime');
type Holder = { [KEY]?: Runtime | 'disabled' };

/** Undefined before the preload has started. */
export function currentRuntime(): Runtime | 'disabled' | undefined {
  return (globalThis as Holder)[KEY];
}

export function setRuntime(runtime: Runtime | 'disabled'): void {
  Object.defineProperty(globalThis, KEY, { value: runtime, configurable: true });
}

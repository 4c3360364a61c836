import { lazily } from '../../lazily.js';

/** OpenTelemetry's way with headers and attributes; it takes longer to load than all of the register. */
export const coreLibrary = lazily(
  () => require('@opentelemetry/core') as typeof import('@opentelemetry/core'),
);

import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { withoutConstants } from '../../sql/foreign.js';

const TEXTS = ['db.query.text', 'db.statement'] as const;

/**
 * Takes the values out of the text of a span before it comes to exporters: instrumentation-mysql2 writes them into it.
 * NOTE: attributes of a span that has ended can only be changed so.
 */
export function withoutValues({ attributes }: ReadableSpan): void {
  const system = String(attributes['db.system.name'] ?? attributes['db.system'] ?? '');
  for (const name of TEXTS) {
    const text = attributes[name];
    if (typeof text === 'string') attributes[name] = withoutConstants(system, text);
  }
}

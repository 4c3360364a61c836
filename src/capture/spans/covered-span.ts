import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { isDatabaseSpan } from './database-span.js';
import { SCOPE } from './span-scope.js';

/** NOTE: the call of a library, such as an ORM, below which a driver tells of the same call: that one counts. */
const COVERED = Symbol('audit-register.covered');

/** @param parent What stands above the call of a driver. */
export function coverSpan(parent: object | undefined): void {
  if (parent === undefined || !Object.hasOwn(parent, SCOPE) || isCovered(parent)) return;
  if (isDatabaseSpan(parent as ReadableSpan)) Object.defineProperty(parent, COVERED, { value: true });
}

export function isCovered(span: object): boolean {
  return Object.hasOwn(span, COVERED);
}

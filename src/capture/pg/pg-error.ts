import { isOpaque } from '../../pipeline/values/plain-data.js';

/** What instrumentation-pg reads of an error. */
const READ: readonly string[] = ['message', 'code', 'name'];

/** Stands for an error of the application that must not be read, such as one whose `message` throws. */
class StandInError extends Error {
  readonly actual: unknown;

  constructor(actual: unknown) {
    super('an error that cannot be read');
    this.actual = actual;
  }
}

/** What instrumentation-pg may see of an error: it reads errors without care, and would replace one that throws. */
export function readableError(error: unknown): unknown {
  return isOpaque(error, READ) ? new StandInError(error) : error;
}

/** The error that the application gets. */
export function actualError(error: unknown): unknown {
  return error instanceof StandInError ? error.actual : error;
}

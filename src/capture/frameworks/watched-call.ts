/** Whether a value is a promise of whatever make. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Calls a function of the application and tells how it ended, at once or later. Gives what the function gives.
 *
 * NOTE: of a promise the next one is given on, so that one which nobody waits for stays as unhandled as it was.
 */
export function watchCall(
  call: () => unknown,
  onResult: (result: unknown) => void,
  onError: (error: unknown) => void,
): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    onError(error);
    throw error;
  }
  if (!isPromise(result)) {
    onResult(result);
    return result;
  }
  return result.then(
    (value) => {
      onResult(value);
      return value;
    },
    (error: unknown) => {
      onError(error);
      throw error;
    },
  );
}

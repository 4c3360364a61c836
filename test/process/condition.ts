const POLL_MILLIS = 20;

/** Waits until the condition gives something, and gives it back. @throws Error naming what did not come. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMillis = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMillis;
  while (true) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${timeoutMillis} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}

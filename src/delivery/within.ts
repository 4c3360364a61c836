import { clearTimeout, setTimeout } from '../timers.js';

/** Waits for work that may hang. The timer does not keep the process alive. @throws Error when the time has run out. */
export async function within<T>(work: Promise<T>, timeoutMillis: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} did not end within ${timeoutMillis / 1_000} s`)),
      timeoutMillis,
    );
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

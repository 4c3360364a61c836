import { clearTimeout, setTimeout } from '../timers.js';

/** Whether a promise settles in time. The timer keeps the process alive meanwhile, whatever the promise waits for. */
export async function settlesWithin(promise: Promise<unknown>, timeoutMillis: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMillis);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  const isInTime = await Promise.race([settled, late]);
  clearTimeout(timer);
  return isInTime;
}

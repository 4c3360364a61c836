let interrupt: AbortController | undefined;

/** SIGINT and SIGTERM end a command as they end any program, until it asks for this signal to end in order. */
export function interruption(): AbortSignal {
  if (interrupt !== undefined) return interrupt.signal;
  const controller = (interrupt = new AbortController());
  // NOTE: both stay handled until the end, so that a second Ctrl-C does not cut an orderly end short.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

/** As a shell tells of a program that SIGPIPE has ended. */
const EXIT_CLOSED_PIPE = 141;

/**
 * Whoever reads the result may have enough of it, as `head` has. That ends a command as SIGPIPE ends any program, and one that
 * has to end in order does so.
 */
export function endOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (interrupt === undefined) process.exit(EXIT_CLOSED_PIPE);
    else interrupt.abort();
  });
  // NOTE: what nobody reads of what is said about the result is no reason to stop.
  process.stderr.on('error', () => {});
}

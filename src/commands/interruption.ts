let interrupt: AbortController | undefined;

/** SIGINT and SIGTERM end a command as they end any program, until it asks for this signal to end in order. */
export function interruption(): AbortSignal {
  if (interrupt !== undefined) return interrupt.signal;
  const controller = (interrupt = new AbortController());
  // NOTE: both stay handled until the end, so that a second Ctrl-C does not cut an orderly end short.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

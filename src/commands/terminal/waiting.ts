/** How often the line is drawn; what is done sooner needs none. */
const REDRAW_MILLIS = 1_000;

export interface Waiting {
  /** Leaves the line to what comes next. */
  readonly end: () => void;
}

/** Says on a terminal that the store is being asked, and for how long. */
export function showWaiting(
  stream: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean } = process.stderr,
): Waiting {
  if (!(stream.isTTY ?? false)) return { end: () => undefined };
  let millis = 0;
  let isDrawn = false;
  const timer = setInterval(() => {
    millis += REDRAW_MILLIS;
    stream.write(`\rasking ClickHouse … ${millis / 1_000} s, Ctrl-C ends`);
    isDrawn = true;
  }, REDRAW_MILLIS);
  return {
    end: () => {
      clearInterval(timer);
      if (isDrawn) stream.write('\r\u001B[K');
      isDrawn = false;
    },
  };
}

/** What one read brings. */
export interface Sized {
  readonly bytes: { readonly length: number };
}

/**
 * Reads on while who takes it is slow, up to so many bytes: the store gives up a query whose answer nobody takes for a minute.
 * Ends its source when it is left.
 */
export async function* readAhead<Item extends Sized>(
  source: AsyncGenerator<Item>,
  mostBytes: number,
): AsyncGenerator<Item> {
  const waiting: Item[] = [];
  let bytes = 0;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  const change = (): Promise<void> => new Promise((resolve) => (wake = resolve));

  const reading = (async () => {
    try {
      for await (const item of source) {
        waiting.push(item);
        bytes += item.bytes.length;
        wake();
        while (bytes >= mostBytes && !isOver) await change();
        if (isOver) return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      isOver = true;
      wake();
    }
  })();

  try {
    for (;;) {
      const item = waiting.shift();
      if (item !== undefined) {
        bytes -= item.bytes.length;
        wake();
        yield item;
      } else if (failure !== undefined) throw failure.error;
      else if (isOver) return;
      else await change();
    }
  } finally {
    isOver = true;
    wake();
    await reading;
  }
}

const QUERY = 'SELECT toString(toUnixTimestamp64Milli(now64(3))) AS millis';

/**
 * The clock of the store, in milliseconds since the epoch: `ingested_at` is of it.
 *
 * @param ask Asks the store for rows.
 */
export async function readClockMillis(
  ask: (query: string) => Promise<readonly { readonly millis: string }[]>,
): Promise<number> {
  const [row] = await ask(QUERY);
  return Number(row?.millis);
}

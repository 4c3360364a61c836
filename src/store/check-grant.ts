import { text } from 'node:stream/consumers';
import type { ClickHouseClient } from './client.js';

/** Whether the user of the client has a right, such as `INSERT ON audit.records`. */
export async function isGranted(client: ClickHouseClient, right: string): Promise<boolean> {
  // NOTE: this statement takes no FORMAT, which a query of the client would get.
  const { stream } = await client.exec({ query: `CHECK GRANT ${right}` });
  return (await text(stream)).trim() === '1';
}

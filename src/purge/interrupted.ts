import { rowsOf } from './register.js';
import type { Register } from './register.js';

/** Announced, and nobody has said how it ended. */
export interface InterruptedPurge {
  readonly purge: string;
  readonly rows: string;
}

/** Purges that were interrupted, and of which nothing is left to do: what they promised to leave is all that is there. */
export async function findDonePurges(register: Register): Promise<InterruptedPurge[]> {
  const announced = await rowsOf<InterruptedPurge>(
    register,
    `SELECT attributes['audit.purge.id'] AS purge, any(attributes['audit.purge.rows']) AS rows
     FROM ${register.records}
     WHERE category = 'app' AND action = 'purge' AND toUUIDOrNull(purge) IS NOT NULL
     GROUP BY purge HAVING countIf(attributes['audit.purge.phase'] = 'finished') = 0 ORDER BY purge`,
  );
  const done: InterruptedPurge[] = [];
  for (const open of announced) if (await isDone(register, open.purge)) done.push(open);
  return done;
}

/** NOTE: of a purge that promised nothing, because all was altered, this cannot be told. */
async function isDone(register: Register, purge: string): Promise<boolean> {
  const [row] = await rowsOf<{ promised: string; left: string; there: string }>(
    register,
    `WITH amended AS
     (
       SELECT segment_id, any(rows_left) AS rows_left FROM ${register.purges}
       WHERE purge_id = {purge:UUID} GROUP BY segment_id
     )
     SELECT
       toString((SELECT count() FROM amended)) AS promised,
       toString((SELECT sum(rows_left) FROM amended)) AS left,
       toString(uniqExact(segment_id, sequence)) AS there
     FROM ${register.records} WHERE segment_id IN (SELECT segment_id FROM amended)`,
    { purge },
  );
  return row !== undefined && row.promised !== '0' && row.left === row.there;
}

import type { Run } from '../life/run.ts';
import type { Stage } from '../stage/stage.ts';
import type { Accounts } from './accounts.ts';
import { claim } from './claim.ts';
import type { Claim } from './claim.ts';

/** Records that the processes of a run say they gave up, by the certificates of their chains. */
async function droppedRecords(stage: Stage, { database }: Run): Promise<number> {
  const [row] = await stage.register.rows<{ dropped: number }>(
    `SELECT toUInt32(sum(dropped)) AS dropped FROM (
       SELECT max(JSONExtractUInt(seal, 'counts', 'dropped')) AS dropped FROM ${database}.segments
       GROUP BY JSONExtractString(seal, 'chain'))`,
  );
  return row?.dropped ?? 0;
}

/** Where records may be lost, the register itself says how many: in its certificates, and as a record of the gap. */
export async function claimLossesAreTold(stage: Stage, run: Run, accounts: Accounts): Promise<Claim> {
  const lost = accounts.lost.length + accounts.lostStatements.length;
  const dropped = await droppedRecords(stage, run);
  const [gaps] = await stage.register.rows<{ count: number }>(
    `SELECT toUInt32(count()) AS count FROM ${run.database}.records WHERE category = 'gap'`,
  );
  const gapCount = gaps?.count ?? 0;
  return claim(
    'every lost record is counted in a certificate, and the gap is recorded',
    dropped >= lost && (lost === 0 || gapCount > 0),
    `${lost} records of acknowledged requests lost, ${dropped} said to be dropped, ${gapCount} gap records`,
  );
}

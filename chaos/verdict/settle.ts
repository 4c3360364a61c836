import type { Run } from '../life/run.ts';
import type { Stage } from '../stage/stage.ts';
import { settleAccounts } from './accounts.ts';
import type { Accounts } from './accounts.ts';
import { claim, listed } from './claim.ts';
import type { Claim } from './claim.ts';
import { measureLosses } from './losses.ts';
import type { Losses } from './losses.ts';
import { drainSpool } from './spool-state.ts';
import { describeFindings, verify } from './verification.ts';
import type { Verification } from './verification.ts';

/** What a run came to. */
export interface Outcome {
  readonly accounts: Accounts;
  readonly losses: Losses;
  readonly verification: Verification;
  readonly endings: number;
  readonly peakBytes: number;
  readonly claims: readonly Claim[];
}

/** Drains the spool, reads the register, and compares it with what the client was told. */
export async function settle(stage: Stage, run: Run): Promise<Outcome> {
  stage.register.proxy.become('passes');
  const drained = await drainSpool(run);
  const accounts = await settleAccounts(stage, run);
  const verification = await verify(stage, run);
  return {
    accounts,
    losses: measureLosses(run, accounts.lost),
    verification,
    endings: run.lives.length,
    peakBytes: Math.max(0, ...run.lives.map(({ peakBytes }) => peakBytes)),
    claims: [
      ...drained,
      ...claimsOfOnce(accounts),
      ...(run.mode === 'memory' ? [] : [await claimClosed(stage, run), claimVerified(verification)]),
    ],
  };
}

function claimsOfOnce(accounts: Accounts): Claim[] {
  const { duplicated, duplicatedStatements, countedTwice } = accounts;
  return [
    claim(
      'nothing is in `audit.records` twice',
      duplicated.length + duplicatedStatements.length === 0,
      `${listed(duplicated)} requests, ${listed(duplicatedStatements)} statements`,
    ),
    claim('no view counts anything twice', countedTwice.length === 0, `${listed(countedTwice)} rows`),
  ];
}

/** The last segment of every chain says how it ended. */
async function claimClosed(stage: Stage, { database }: Run): Promise<Claim> {
  const open = await stage.register.rows<{ chain: string; kind: string }>(
    `SELECT chain, argMax(kind, number) AS kind FROM (
       SELECT JSONExtractString(seal, 'chain') AS chain, JSONExtractUInt(seal, 'number') AS number,
         JSONExtractString(seal, 'kind') AS kind
       FROM ${database}.segments)
     GROUP BY chain HAVING kind NOT IN ('closing', 'abandoned')`,
  );
  const [first] = open;
  const named = first === undefined ? '' : `, such as ${first.chain}, whose last is \`${first.kind}\``;
  return claim('every chain is closed', open.length === 0, `${open.length} are open${named}`);
}

function claimVerified(verification: Verification): Claim {
  const isClean =
    verification.code === 0 && verification.failure === '' && verification.findings.length === 0;
  return claim('`audit-register verify` has no finding', isClean, describeFindings(verification));
}

/** What write-ahead promises, whatever happens; and spool, where no process is killed. */
export function claimNothingLost({ lost, lostStatements, acknowledged, acknowledgedSql }: Accounts): Claim {
  return claim(
    'no acknowledged request is lost',
    lost.length + lostStatements.length === 0 && acknowledged > 0,
    `${listed(lost)} of ${acknowledged} requests, ${listed(lostStatements)} of ${acknowledgedSql} statements`,
  );
}

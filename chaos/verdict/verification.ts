import type { Finding } from '../../src/integrity/finding.ts';
import type { Run } from '../life/run.ts';
import type { Stage } from '../stage/stage.ts';

export interface Verification {
  readonly code: number;
  readonly findings: readonly Finding[];
  /** Why there is no report, where there is none. */
  readonly failure: string;
  /** Seals at the places that the first findings name, as they are in the register. */
  readonly evidence: readonly string[];
}

/** Findings whose place is looked at. */
const LOOKED_AT = 3;
const MOST_SEALS = 8;

/**
 * Verification gives what is on its way ten minutes to arrive, by the clock of the store. What is verified here is made older
 * than that, or whatever is missing would be believed to be on its way.
 */
async function makeOld(stage: Stage, database: string): Promise<void> {
  for (const table of ['records', 'segments'])
    await stage.register.command(
      `ALTER TABLE ${database}.${table} UPDATE ingested_at = ingested_at - INTERVAL 1 HOUR WHERE true`,
    );
}

/** What a public key of ours and the store say of a run, by the command that users have. */
export async function verify(stage: Stage, run: Pick<Run, 'command' | 'database'>): Promise<Verification> {
  await makeOld(stage, run.database);
  const result = await run.command('verify', '--json', '--public-key', stage.keys.publicKey);
  try {
    const report = JSON.parse(result.stdout) as { findings: Finding[] };
    const { findings } = report;
    return {
      code: result.code,
      findings,
      failure: '',
      evidence: await sealsAt(stage, run.database, findings),
    };
  } catch {
    const failure = `audit-register verify gave no report (exit code ${result.code}): ${result.stderr.trim()}`;
    return { code: result.code, findings: [], failure, evidence: [] };
  }
}

async function sealsAt(stage: Stage, database: string, findings: readonly Finding[]): Promise<string[]> {
  const places = findings.slice(0, LOOKED_AT).filter(({ chain }) => chain !== undefined);
  const seals = places.map(({ chain, number, lastNumber = number }) =>
    stage.register.rows<{ seal: string }>(
      `SELECT DISTINCT seal FROM ${database}.segments
       WHERE JSONExtractString(seal, 'chain') = {chain:String}
         AND JSONExtractUInt(seal, 'number') BETWEEN {from:UInt64} AND {to:UInt64}
       ORDER BY JSONExtractUInt(seal, 'number') LIMIT ${MOST_SEALS}`,
      { chain, from: (number ?? 1) - 1, to: (lastNumber ?? 1e9) + 1 },
    ),
  );
  return (await Promise.all(seals)).flat().map(({ seal }) => seal);
}

export function describeFindings({ code, findings, failure }: Verification): string {
  if (failure !== '') return failure;
  const kinds = Map.groupBy(findings, ({ kind }) => kind);
  const counts = [...kinds].map(([kind, list]) => `${list.length} ${kind}: ${list[0]?.text ?? ''}`);
  return `exit code ${code}, ${findings.length === 0 ? 'no finding' : counts.join('; ')}`;
}

import type { Run } from '../life/run.ts';
import type { Stage } from '../stage/stage.ts';

/** What `audit-register verify --json` says of one thing that must not be, as far as it is used here. */
export interface Finding {
  readonly kind: string;
  readonly text: string;
  readonly chain?: string;
  readonly number?: number;
  readonly lastNumber?: number;
  readonly segment?: string;
  readonly firstSequence?: number;
  readonly lastSequence?: number;
}

export interface Verification {
  readonly code: number;
  readonly findings: readonly Finding[];
  /** Why there is no report, where there is none. */
  readonly failure: string;
}

/** What a public key of ours and the store say of a run, by the command that users have. */
export async function verify(stage: Stage, run: Pick<Run, 'command'>): Promise<Verification> {
  const result = await run.command('verify', '--json', '--public-key', stage.keys.publicKey);
  try {
    const report = JSON.parse(result.stdout) as { findings: Finding[] };
    return { code: result.code, findings: report.findings, failure: '' };
  } catch {
    const failure = `audit-register verify gave no report (exit code ${result.code}): ${result.stderr.trim()}`;
    return { code: result.code, findings: [], failure };
  }
}

export function describeFindings({ code, findings, failure }: Verification): string {
  if (failure !== '') return failure;
  const kinds = Map.groupBy(findings, ({ kind }) => kind);
  const counts = [...kinds].map(([kind, list]) => `${list.length} ${kind}: ${list[0]?.text ?? ''}`);
  return `exit code ${code}, ${findings.length === 0 ? 'no finding' : counts.join('; ')}`;
}

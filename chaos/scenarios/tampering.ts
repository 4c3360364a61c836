import { liveOnce } from '../life/one-life.ts';
import { createRun, MODES } from '../life/run.ts';
import type { Mode, Run } from '../life/run.ts';
import type { Seal } from '../../src/integrity/seal.ts';
import { runCommand } from '../stage/command.ts';
import type { Stage } from '../stage/stage.ts';
import { chainToTamperWith, copyScene } from '../tampering/crime-scene.ts';
import { CRIMES, locates } from '../tampering/crimes.ts';
import type { Crime } from '../tampering/crimes.ts';
import { claim } from '../verdict/claim.ts';
import type { Claim } from '../verdict/claim.ts';
import { settle } from '../verdict/settle.ts';
import { describeFindings, verify } from '../verdict/verification.ts';
import type { Context, PartResult, Scenario } from './scenario.ts';

const LIVES = 3;
const CONNECTIONS = 2;
const LIFE_MILLIS = 2_500;
/** In a quick run all crimes are committed in one mode, and some in the others. */
const WHOLE_MODE: Mode = 'spool';
const SOME_CRIMES = 4;
/** Several segments in a short life; and a chain without an end is missed after three heartbeats. */
const SHORT_SEGMENTS = {
  AUDIT_REGISTER_FLUSH_INTERVAL_MS: '250',
  AUDIT_REGISTER_HEARTBEAT_INTERVAL_MS: '1000',
};

export const tampering: Scenario = {
  name: 'tampering',
  title: 'Tampering',
  text: 'Three processes, one after the other, leave signed chains. For each crime the tables are copied, somebody with every right to them but without the key tampers with the copy, and `audit-register verify` must end with a finding that names the place. Without a spool no process knows of another, so that in `memory` a chain that is removed whole is missed by nobody.',
  parts: MODES.map((mode) => ({
    part: 'each crime on a copy of its own',
    mode,
    run: (context) => tamper(mode, context),
  })),
};

async function tamper(mode: Mode, { stage, random, effort, tell }: Context): Promise<PartResult> {
  const run = await createRun(stage, { name: `tampering-${mode}`, mode, env: SHORT_SEGMENTS });
  for (let life = 0; life < LIVES; life++) {
    await liveOnce(run, {
      moment: { kind: 'after start', millis: LIFE_MILLIS },
      ending: 'SIGTERM',
      connections: CONNECTIONS,
      mostMillis: 30_000,
    });
  }
  const outcome = await settle(stage, run);
  const seals = await chainToTamperWith(stage, run);
  const verdicts: (Claim & { readonly isPromised: boolean })[] = [];
  const crimes =
    effort.scale === 1 && mode !== WHOLE_MODE ? random.shuffled(CRIMES).slice(0, SOME_CRIMES) : CRIMES;
  for (const crime of crimes) {
    const isPromised = mode !== 'memory' || crime.needsSuccessor !== true;
    verdicts.push({ ...(await investigate(stage, run, crime, seals)), isPromised });
  }
  const detected = verdicts.filter(({ holds }) => holds).length;
  tell(`  … ${run.name}: ${detected} of ${crimes.length} detected and located`);
  const promised = verdicts.filter(({ isPromised }) => isPromised);
  return {
    outcome,
    figures: { detected, undetected: crimes.length - detected },
    claims: [...outcome.claims, ...promised.map(({ claim, holds, found }) => ({ claim, holds, found }))],
  };
}

async function investigate(stage: Stage, run: Run, crime: Crime, seals: readonly Seal[]): Promise<Claim> {
  const text = `detected and located: ${crime.name}`;
  const database = `${run.database}_crime`;
  const scene = await copyScene(stage, run, database, seals);
  try {
    const trace = await crime.commit(scene);
    const env = { ...run.env, AUDIT_REGISTER_CLICKHOUSE_DATABASE: database };
    const verification = await verify(stage, { database, command: (...args) => runCommand(args, env) });
    const isDetected = verification.code === 1 && verification.findings.length > 0;
    const isLocated = verification.findings.some((finding) => locates(trace, finding));
    return claim(text, isDetected && isLocated, `${describeFindings(verification)}`);
  } catch (error) {
    return claim(text, false, String(error));
  } finally {
    await scene.remove();
  }
}

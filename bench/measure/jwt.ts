import { fileURLToPath } from 'node:url';
import { timesOf } from '../sections/section.ts';
import type { Effort, Tell } from '../sections/section.ts';
import { cleanEnvironment } from '../stage/environment.ts';
import { startPeer } from '../stage/peer.ts';
import type { Stage } from '../stage/stage.ts';

const PROCESS = fileURLToPath(new URL('../jwt-process.ts', import.meta.url));

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'HS256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

const TOKENS = 1_000;
const ROUNDS = 7;
const WARM_UP_ROUNDS = 5;

export interface JwtQuestion {
  readonly algorithms: readonly Algorithm[];
  readonly tokens: number;
  readonly rounds: number;
  readonly warmUp: number;
}

/** CPU of one verification, in microseconds. */
export interface JwtSample {
  /** Of a token that was never seen: all threads, for the signature is checked in the pool of them. */
  readonly uncachedMicros: number;
  /** The part of it that the event loop has to do. */
  readonly uncachedMainMicros: number;
  /** Of a token that was verified before. */
  readonly cachedMicros: number;
}

export type JwtFindings = Readonly<Partial<Record<Algorithm, readonly JwtSample[]>>>;

export async function measureJwt(stage: Stage, effort: Effort, tell: Tell): Promise<JwtFindings> {
  const { server: cores } = stage.cores;
  const peer = startPeer({ name: 'The verifier', args: [PROCESS], env: cleanEnvironment(), cores });
  await peer.next();
  const findings = await peer.ask<JwtFindings>({
    algorithms: ALGORITHMS,
    tokens: timesOf(effort, TOKENS),
    rounds: timesOf(effort, ROUNDS),
    warmUp: timesOf(effort, WARM_UP_ROUNDS),
  });
  const complaints = await peer.end();
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  tell(`jwt        ${TOKENS} tokens of each of ${ALGORITHMS.join(', ')}`);
  return findings;
}

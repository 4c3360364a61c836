import { fileURLToPath } from 'node:url';
import type { Effort, Tell } from '../sections/section.ts';
import { cleanEnvironment } from '../stage/environment.ts';
import { startPeer } from '../stage/peer.ts';
import type { Peer } from '../stage/peer.ts';
import type { Stage } from '../stage/stage.ts';

const PROCESS = fileURLToPath(new URL('../pipeline/process.cjs', import.meta.url));

/** Room for all that a measurement of allocations allocates, in megabytes. */
const YOUNG = 256;
const FLAGS = ['--expose-gc', `--min-semi-space-size=${YOUNG}`, `--max-semi-space-size=${YOUNG}`];

const WHOLE = { rounds: 7, warmUpRounds: 4, records: 10_000, allocation: { rounds: 3, records: 5_000 } };
const QUICK = { rounds: 1, warmUpRounds: 0, records: 200, allocation: { rounds: 1, records: 200 } };

/** A stage of the way of a record, alone. */
export interface StageFindings {
  readonly id: string;
  readonly title: string;
  /** CPU of a record, a value a round. */
  readonly micros: readonly number[];
  /** What a record allocates on the heap of JavaScript, a value a round. */
  readonly heapBytes: readonly number[];
}

export interface PipelineFindings {
  readonly stages: readonly StageFindings[];
  readonly problems: readonly string[];
}

type Known = Pick<StageFindings, 'id' | 'title'>;

export async function measurePipeline(stage: Stage, effort: Effort, tell: Tell): Promise<PipelineFindings> {
  const stages: StageFindings[] = [];
  const problems: string[] = [];
  for (let index = 0; ; index++) {
    const peer = startStage(stage);
    const { stages: all } = await peer.next<{ stages: readonly Known[] }>();
    const known = all[index];
    if (known !== undefined) stages.push(await measureOne(peer, known, effort, tell));
    problems.push(...(await peer.end()));
    if (known === undefined) return { stages, problems };
  }
}

function startStage({ cores }: Stage): Peer {
  return startPeer({
    name: 'A stage of the pipeline',
    args: [...FLAGS, PROCESS],
    env: cleanEnvironment({ NODE_ENV: 'production' }),
    cores: cores.server,
  });
}

async function measureOne(peer: Peer, known: Known, { isQuick }: Effort, tell: Tell): Promise<StageFindings> {
  const question = { id: known.id, effort: isQuick ? QUICK : WHOLE };
  const answer = await peer.ask<Omit<StageFindings, 'id' | 'title'>>(question);
  tell(`pipeline   ${known.title.padEnd(36)} ${Math.min(...answer.micros).toFixed(2)} µs a record at best`);
  return { ...known, ...answer };
}

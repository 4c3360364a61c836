import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const DOCKERFILE = 'deploy/kubernetes/Dockerfile';

export interface Stage {
  readonly from: string;
  readonly name: string;
  /** `RUN`, `COPY`, …, with what follows it, in order. */
  readonly steps: readonly (readonly [instruction: string, rest: string])[];
}

/** The stages of our Dockerfile; it has no instruction of more than one line. */
export function readStages(): Stage[] {
  const lines = readFileSync(join(ROOT, DOCKERFILE), 'utf8').split('\n');
  const stages: { from: string; name: string; steps: [string, string][] }[] = [];
  for (const line of lines.filter((line) => /^[A-Z]+ /.test(line))) {
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    const [from = '', , name = ''] = instruction === 'FROM' ? rest.split(' ') : [];
    if (instruction === 'FROM') stages.push({ from, name, steps: [] });
    else stages.at(-1)?.steps.push([instruction, rest]);
  }
  return stages;
}

export function stageOf(name: string): Stage {
  const stage = readStages().find((stage) => stage.name === name);
  if (stage === undefined) throw new Error(`${DOCKERFILE} has no stage ${name}`);
  return stage;
}

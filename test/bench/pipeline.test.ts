import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

interface Stage {
  readonly id: string;
}

const require = createRequire(import.meta.url);
const { STAGES } = require('../../bench/pipeline/stages.cjs') as { readonly STAGES: readonly Stage[] };
const { measureStage } = require('../../bench/pipeline/measure.cjs') as {
  readonly measureStage: (stage: Stage, effort: object) => Promise<readonly number[]>;
};

it.for(STAGES.map((stage) => [stage.id, stage] as const))(
  'the stage %s of the pipeline can be measured alone',
  async ([, stage]) => {
    const values = await measureStage(stage, { rounds: 2, warmUpRounds: 0, records: 400 });
    expect(values).toHaveLength(2);
    expect(values.every((micros) => Number.isFinite(micros))).toBe(true);
  },
);

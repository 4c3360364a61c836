import { afterAll, beforeAll } from 'vitest';
import { createCaseDatabase, startCasePostgres } from '../drivers/case-database.ts';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { RecordRow } from '../support/preloaded.ts';
import { portOf } from './steps.ts';
import type { Step } from './steps.ts';

export const MODES = ['lean', 'instrumentation'] as const;

export interface Run {
  /** What was answered, and recorded, step by step. */
  readonly seen: ReadonlyMap<string, unknown>;
  readonly records: readonly RecordRow[];
  readonly stderr: string;
}

/** Takes the same steps with an application under each source of spans, before the tests. */
export function runInBothModes(
  fixture: string,
  steps: Readonly<Record<string, Step>>,
): (mode: string) => Run {
  const runs = new Map<string, Run>();
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    postgres = await startCasePostgres();
    for (const mode of MODES) runs.set(mode, await run(postgres, mode, fixture, steps));
  });
  afterAll(() => postgres?.stop());
  return (mode) => runs.get(mode) as Run;
}

async function run(
  postgres: Postgres,
  mode: (typeof MODES)[number],
  fixture: string,
  steps: Readonly<Record<string, Step>>,
): Promise<Run> {
  const app = await startPreloaded(fixture, {
    env: {
      // NOTE: of one name, which is in the records.
      DATABASE_URL: await createCaseDatabase(postgres, 'audited'),
      AUDIT_REGISTER_CAPTURE: mode,
      AUDIT_REGISTER_CAPTURE_READS: 'true',
      AUDIT_REGISTER_CAPTURE_CALLS: 'true',
    },
  });
  const seen = new Map<string, unknown>();
  for (const [name, step] of Object.entries(steps)) seen.set(name, await step(app, name));
  const { records, stderr } = await app.end();
  const port = new RegExp(`\\b${portOf(app)}\\b`, 'g');
  return {
    seen,
    stderr,
    records: records.map((record) => JSON.parse(JSON.stringify(record).replace(port, '<port>')) as RecordRow),
  };
}

import { afterAll, beforeAll } from 'vitest';
import type { Postgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import type { PreloadedApp, RecordRow } from '../support/preloaded.ts';
import { createCaseDatabase, startCasePostgres } from './case-database.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/cases-app.cjs`;

/** What a case left behind. */
export interface CaseRun {
  /** What the application saw, under the preload. */
  readonly seen: unknown;
  /** What it saw without. */
  readonly seenBare: unknown;
  /** Records of its statements and transactions, in their order. */
  readonly records: readonly RecordRow[];
  /** What was written to standard error in all cases together. */
  readonly stderr: string;
}

/** Runs cases of the fixture one after the other, once under the preload and once without, before the tests. */
export function runCases(names: readonly string[]): (name: string) => CaseRun {
  const runs = new Map<string, CaseRun>();
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    postgres = await startCasePostgres();
    const [audited, bare] = await Promise.all([start(postgres, true), start(postgres, false)]);
    const seen = new Map<string, readonly [unknown, unknown]>();
    for (const name of names) seen.set(name, await Promise.all([ask(audited, name), ask(bare, name)]));
    const [{ records, stderr }] = await Promise.all([audited.end(), bare.end()]);
    for (const [name, [answer, bareAnswer]] of seen) {
      const own = records.filter(({ url_path, category }) => url_path === `/${name}` && category !== 'http');
      runs.set(name, { seen: answer, seenBare: bareAnswer, records: own, stderr });
    }
  });
  afterAll(() => postgres?.stop());
  return (name) => {
    const run = runs.get(name);
    if (run === undefined) throw new Error(`case ${name} has not run`);
    return run;
  };
}

async function start(postgres: Postgres, preload: boolean): Promise<PreloadedApp> {
  const url = await createCaseDatabase(postgres, preload ? 'audited' : 'bare');
  return startPreloaded(FIXTURE, {
    preload,
    env: { DATABASE_URL: url, AUDIT_REGISTER_CAPTURE_READS: 'true' },
  });
}

async function ask(app: PreloadedApp, name: string): Promise<unknown> {
  const response = await fetch(`${app.url}/${name}`, { signal: AbortSignal.timeout(20_000) });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`case ${name} failed: ${body}`);
  return JSON.parse(body);
}

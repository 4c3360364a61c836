/* npm run bench: measures what auditing costs, beside what else one could use. See docs/benchmarks.md. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopEverything } from '../examples/demo/watched-process.ts';
import { parseOptions, USAGE } from './options.ts';
import type { Options } from './options.ts';
import { describeMachine } from './report/machine.ts';
import { publish, writeReport } from './report/publish.ts';
import { problemsOf } from './report/results.ts';
import type { Results } from './report/results.ts';
import { SECTIONS } from './sections/sections.ts';
import type { Section } from './sections/section.ts';
import { startStage } from './stage/stage.ts';
import type { Stage } from './stage/stage.ts';

const EXIT = { good: 0, finding: 1, usage: 2, interrupted: 130 };
const PRELOAD = join(import.meta.dirname, '../dist/register.js');

const tell = (text: string): void => console.log(text);

class Interruption extends Error {}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.reportsOnly) {
      await writeReport(import.meta.dirname);
      return EXIT.good;
    }
    if (!existsSync(PRELOAD)) throw new RangeError('dist/ is not there: run `npm run build` first');
    return await bench(options);
  } catch (error) {
    if (error instanceof Interruption) return EXIT.interrupted;
    const isUsage =
      error instanceof RangeError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    console.error(isUsage ? `${(error as Error).message}\n${USAGE}` : error);
    return isUsage ? EXIT.usage : EXIT.finding;
  }
}

async function bench(options: Options): Promise<number> {
  const interruption = waitForInterruption();
  const starting = startStage();
  try {
    const stage = await Promise.race([starting, interruption]);
    const results = await Promise.race([measure(stage, options, interruption), interruption]);
    const directory = options.publishes
      ? import.meta.dirname
      : await mkdtemp(join(tmpdir(), 'audit-register-results-'));
    await publish(directory, results);
    tell(`results: ${join(directory, 'RESULTS.md')}`);
    const problems = problemsOf(results);
    for (const problem of problems) console.error(`! ${problem}`);
    return problems.length === 0 ? EXIT.good : EXIT.finding;
  } finally {
    await stopEverything();
    // A start that was interrupted fails by that, and has cleaned up.
    await starting.then(
      (stage) => stage.stop(),
      () => {},
    );
  }
}

function waitForInterruption(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Interruption()));
  });
}

/** A section that breaks off is a finding of the run; the others are measured all the same. */
async function measure(
  stage: Stage,
  { sections, effort }: Options,
  interruption: Promise<never>,
): Promise<Results> {
  const machine = describeMachine(stage.cores.description);
  tell(machine.placement);
  const begunAt = new Date().toISOString().slice(0, 16);
  const findings: Record<string, unknown> = {};
  const failures: Record<string, string> = {};
  for (const name of sections) {
    const section = SECTIONS[name] as Section<unknown>;
    const begun = performance.now();
    try {
      findings[name] = await Promise.race([section.measure(stage, effort, tell), interruption]);
    } catch (error) {
      if (error instanceof Interruption) throw error;
      failures[name] = (error as Error).message;
      tell(`! ${name}: ${(error as Error).stack}`);
    }
    tell(`${name.padEnd(10)} took ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  const measuredAt = Object.fromEntries(Object.keys(findings).map((name) => [name, begunAt]));
  return { machine, effort, measuredAt, findings, failures };
}

// NOTE: a server that is measured while we are interrupted would keep this process alive; it ends when it loses us.
process.exit(await main(process.argv.slice(2)));

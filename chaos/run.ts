/* npm run chaos: kills, breaks and forges, and counts what is left. See docs/reliability.md. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopEverything } from '../examples/demo/watched-process.ts';
import { killAllApps } from './life/app-process.ts';
import { parseOptions, USAGE } from './options.ts';
import type { Options } from './options.ts';
import { createRandom } from './random.ts';
import { describeSurroundings } from './report/machine.ts';
import { publish } from './report/publish.ts';
import { claimsOf } from './report/results.ts';
import type { NamedPartResult, Results, ScenarioResult } from './report/results.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';
import type { Part, Scenario } from './scenarios/scenario.ts';
import { startStage } from './stage/stage.ts';
import type { Stage } from './stage/stage.ts';

const EXIT = { good: 0, finding: 1, usage: 2, interrupted: 130 };
const PRELOAD = join(import.meta.dirname, '../dist/register.js');

/** Of a quick run, beside the time that kills may take: what takes longer waits for something that never comes. */
const MOST_PART_MINUTES = 5;

const tell = (text: string): void => console.log(text);

class Interruption extends Error {}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(
      args,
      SCENARIOS.map(({ name }) => name),
    );
    if (!existsSync(PRELOAD)) throw new RangeError('dist/ is not there: run `npm run build` first');
    return await chaos(options);
  } catch (error) {
    if (error instanceof Interruption) return EXIT.interrupted;
    const isUsage =
      error instanceof RangeError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    console.error(isUsage ? `${(error as Error).message}\n${USAGE}` : error);
    return isUsage ? EXIT.usage : EXIT.finding;
  }
}

async function chaos(options: Options): Promise<number> {
  const interruption = waitForInterruption();
  const starting = startStage();
  try {
    const stage = await Promise.race([starting, interruption]);
    const own = await Promise.race([runAll(stage, options), interruption]);
    const results = await joinResults(own, options);
    return await conclude(results, options);
  } finally {
    await killAllApps();
    // A start that was interrupted fails by that, and has cleaned up.
    await starting.then(
      (stage) => stage.stop(),
      () => {},
    );
    await stopEverything();
  }
}

function waitForInterruption(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Interruption()));
  });
}

async function runAll(stage: Stage, options: Options): Promise<Results> {
  const { seed, effort } = options;
  tell(`seed ${seed} (npm run chaos -- --seed ${seed})`);
  const chosen = SCENARIOS.filter(
    ({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name),
  );
  const startedAt = performance.now();
  const scenarios: ScenarioResult[] = [];
  for (const scenario of chosen) scenarios.push(await runScenario(scenario, stage, options));
  const seconds = secondsSince(startedAt);
  return { ...describeSurroundings(), seed, effort, seconds, scenarios };
}

async function runScenario(scenario: Scenario, stage: Stage, options: Options): Promise<ScenarioResult> {
  const { name, title, text } = scenario;
  tell(`\n${name}: ${title}`);
  const startedAt = performance.now();
  const parts: NamedPartResult[] = [];
  for (const part of scenario.parts) parts.push(await runPart(scenario, part, stage, options));
  const result = { name, title, text, seconds: secondsSince(startedAt), parts };
  for (const { where, claim, holds, found } of claimsOf(result))
    tell(`  ${holds ? 'ok  ' : 'FAIL'} ${where}: ${claim}: ${found}`);
  for (const { part, mode, outcome } of parts.filter(({ claims }) => claims.some(({ holds }) => !holds)))
    for (const seal of outcome?.verification.evidence ?? []) tell(`       ${mode}, ${part}: ${seal}`);
  tell(`  ${result.seconds.toFixed(1)} s`);
  return result;
}

async function runPart(
  scenario: Scenario,
  { part, mode, run }: Part,
  stage: Stage,
  { seed, effort }: Options,
): Promise<NamedPartResult> {
  const random = createRandom(seed).fork(`${scenario.name}/${mode}/${part}`);
  try {
    const limit = failAfter(MOST_PART_MINUTES * effort.scale + effort.killMinutes);
    return { part, mode, ...(await Promise.race([run({ stage, random, effort, tell }), limit])) };
  } catch (error) {
    // What cannot be run has not been shown: it fails, and the others run.
    const found = String((error as Error).stack ?? error);
    return { part, mode, claims: [{ claim: 'it can be run', holds: false, found }] };
  } finally {
    await killAllApps();
    await stage.register.mend();
  }
}

function failAfter(minutes: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(new Error(`it had not ended after ${minutes} minutes`));
    setTimeout(fail, minutes * 60_000).unref();
  });
}

/** In the order of the scenarios, whichever ran first. */
async function joinResults(own: Results, { joined }: Options): Promise<Results> {
  const texts = await Promise.all(joined.map((path) => readFile(path, 'utf8')));
  const all = [own, ...texts.map((text) => JSON.parse(text) as Results)];
  const order = SCENARIOS.map(({ name }) => name);
  const scenarios = all
    .flatMap(({ scenarios }) => scenarios)
    .toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return { ...own, seconds: all.reduce((sum, { seconds }) => sum + seconds, 0), scenarios };
}

async function conclude(results: Results, options: Options): Promise<number> {
  const claims = results.scenarios.flatMap(claimsOf);
  const failed = claims.filter(({ holds }) => !holds);
  const text = `${JSON.stringify(results, undefined, 1)}\n`;
  if (options.resultsFile !== undefined) await writeFile(options.resultsFile, text);
  if (options.publishes) await publish(results);
  for (const { where, claim, found } of failed) console.error(`! ${where}: ${claim}: ${found}`);
  tell(`chaos: ${claims.length - failed.length} passed, ${failed.length} failed, seed ${results.seed}`);
  return failed.length === 0 && claims.length > 0 ? EXIT.good : EXIT.finding;
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

// NOTE: whatever still runs when we are interrupted would keep this process alive; it ends when it loses us.
process.exit(await main(process.argv.slice(2)));

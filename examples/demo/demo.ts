/**
 * `npm run demo [-- --once] [-- --data-dir <directory>]`
 *
 * Exit codes: 0 after `--once`, and after Ctrl-C when everything was up; 1 when a record is missing or wrong or
 * something did not start; 2 for a wrong option; 128 + signal when it was interrupted before everything was up.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './comparison.ts';
import type { ExpectedRequest } from './expectation.ts';
import { listenForInterruption } from './interruption.ts';
import type { Interruption } from './interruption.ts';
import { formatQuestions } from './questions.ts';
import { readRun } from './register-rows.ts';
import type { RegisterRow } from './register-rows.ts';
import { toSentences } from './sentence.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';
import { claimDirectory } from './state-directory.ts';
import { LEGEND, formatTable } from './table.ts';
import { visitShop } from './visit.ts';
import { stopEverything } from './watched-process.ts';

const USAGE = 'Usage: npm run demo [-- [--once] [--data-dir <directory>]]';
const DELIVERY_TIMEOUT_MILLIS = 30_000;
const POLL_MILLIS = 200;
/** How long what was interrupted may take to tidy up after itself. */
const TIDY_MILLIS = 2_000;
/** Where the output is no terminal, lines may be long. */
const PIPED_WIDTH = 140;

interface Options {
  readonly once: boolean;
  readonly dataDirectory: string;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({ options: { once: { type: 'boolean' }, 'data-dir': { type: 'string' } } });
    const root = resolve(import.meta.dirname, '../..');
    return { once: values.once ?? false, dataDirectory: resolve(root, values['data-dir'] ?? '.demo') };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 2;
  const interruption = listenForInterruption();
  const progress = { isUp: false };
  const work = run(options, interruption, progress);
  try {
    const code = await Promise.race([work, interruption.happened]);
    return code ?? exitCodeOf(interruption, progress);
  } catch (error) {
    if (interruption.exitCode !== 0) return exitCodeOf(interruption, progress);
    console.error(`\n${(error as Error).message}`);
    return 1;
  } finally {
    await stopEverything();
    await Promise.race([work.catch(() => {}), delay(TIDY_MILLIS)]);
  }
}

interface Progress {
  /** Everything was shown: from now on Ctrl-C is the way to end it. */
  isUp: boolean;
}

function exitCodeOf(interruption: Interruption, { isUp }: Progress): number {
  return isUp ? 0 : interruption.exitCode;
}

async function run(options: Options, interruption: Interruption, progress: Progress): Promise<number> {
  const release = await claimDirectory(options.dataDirectory);
  try {
    const runId = randomUUID();
    console.log(
      'The genuine ClickHouse and PostgreSQL out of npm, for development: in production use servers.\n',
    );
    const services = await startServices({ dataDirectory: options.dataDirectory, runId, tell: console.log });
    const problems = await Promise.race([
      showVisit(services, runId, interruption),
      services.ended.then(reportEnd),
    ]);
    if (problems.length > 0) return reportProblems(problems, services);
    const when = options.once ? ' while a demo is up (without --once)' : '';
    console.log(
      `\nEvery request, every change and every login is on record, of the right person. Ask more${when}:\n`,
    );
    for (const line of formatQuestions(services.clickhouseUrl, services.clickhouseTcpPort)) console.log(line);
    if (options.once) return 0;
    progress.isUp = true;
    console.log(`\nSee it in the browser: ${services.explorerUrl}`);
    console.log(
      `\nThe shop stays at ${services.shopUrl} until Ctrl-C; examples/shop/README.md has its routes.`,
    );
    return await services.ended.then(reportEnd);
  } finally {
    // The directory is ours until nothing uses it any more.
    await stopEverything();
    await release();
  }
}

/** Lets people visit, and prints what the register holds of it. Returns what is wrong with that. */
async function showVisit(
  services: Services,
  runId: string,
  interruption: Interruption,
): Promise<readonly string[]> {
  const expected = await visitShop({ ...services, runId });
  console.log(`\n${expected.length} requests were made. Waiting for their records …\n`);
  const { rows, problems } = await waitForRecords(services.clickhouseUrl, runId, expected);
  interruption.throwIfHappened();
  for (const line of formatTable(toSentences(rows), terminal())) console.log(line);
  console.log(`\n${LEGEND}`);
  return problems;
}

async function waitForRecords(
  clickhouseUrl: string,
  runId: string,
  expected: readonly ExpectedRequest[],
): Promise<{ rows: readonly RegisterRow[]; problems: readonly string[] }> {
  const deadline = Date.now() + DELIVERY_TIMEOUT_MILLIS;
  for (;;) {
    const rows = await readRun(clickhouseUrl, runId);
    const problems = compare(expected, rows);
    if (problems.length === 0 || Date.now() > deadline) return { rows, problems };
    await delay(POLL_MILLIS);
  }
}

function terminal(): { width: number; colours: boolean } {
  const { columns, isTTY } = process.stdout;
  const width = columns ?? (Number(process.env['COLUMNS']) || PIPED_WIDTH);
  return { width, colours: isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb' };
}

function reportProblems(problems: readonly string[], services: Services): number {
  console.error(`\n${problems.length} thing(s) are not as they should be in audit.records:`);
  for (const problem of problems) console.error(`- ${problem}`);
  console.error(`\nThe last words of the shop:\n${services.shopOutput()}`);
  return 1;
}

function reportEnd(how: string): never {
  throw new Error(`${how}, which it should not.`);
}

function delay(millis: number): Promise<void> {
  return new Promise((done) => setTimeout(done, millis));
}

process.exit(await main());

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRun } from '../life/run.ts';
import type { Run } from '../life/run.ts';
import type { Random } from '../random.ts';
import { makeDonor } from '../spool/donor.ts';
import type { Donor } from '../spool/donor.ts';
import type { Stage } from '../stage/stage.ts';
import { settleAccounts } from '../verdict/accounts.ts';
import { claim } from '../verdict/claim.ts';
import type { Claim } from '../verdict/claim.ts';
import { drainSpool } from '../verdict/spool-state.ts';
import { verify } from '../verdict/verification.ts';
import type { Context, Part, PartResult, Scenario } from './scenario.ts';

const MODE = 'write-ahead';
/** The last one writes no SQL, so that the last frame is one record. */
const REQUESTS = 6;
const CUTS = 6;
const FLIPS = 6;
/** Drained at the same time, each in a spool and a database of its own. */
const LANES = 2;
/** Its segments stay open for as long as it lives. */
const ONE_SEGMENT = { AUDIT_REGISTER_FLUSH_INTERVAL_MS: '600000' };

export const spoolDamage: Scenario = {
  name: 'spool-damage',
  title: 'Torn writes and flipped bits',
  text: 'A killed process leaves a segment; its file is cut at random bytes of the last frame, or one random bit of it is flipped. (Every byte and every bit are cut and flipped by the tests of the spool, without ClickHouse.) A torn frame costs what it held and nothing before it, and leaves no finding: it was not acknowledged. A flipped bit costs at most its frame, and never in silence.',
  parts: [
    { part: 'torn at a byte of the last frame', mode: MODE, run: tear },
    { part: 'one bit flipped', mode: MODE, run: flip },
  ] satisfies Part[],
};

/** What was delivered from a damaged spool, and what was said of it. */
interface Delivered {
  readonly numbers: ReadonlySet<number>;
  readonly duplicated: number;
  readonly isDrained: boolean;
  readonly isClean: boolean;
  /** Something was said: a finding, a line on standard error. */
  readonly isTold: boolean;
  readonly said: string;
}

interface Lane {
  readonly run: Run;
  readonly donor: Donor;
}

async function tear({ stage, random, effort }: Context): Promise<PartResult> {
  const wrong: string[] = [];
  let cuts = 0;
  await inLanes(stage, 'torn', async ({ donor, run }, lane) => {
    const last = donor.frames.at(-1);
    if (last === undefined || last.numbers.length !== 1) throw new Error('the last frame is not one request');
    const all = Array.from({ length: last.end - last.start }, (_, index) => last.start + index);
    const own = random
      .fork(`${lane}`)
      .shuffled(all)
      .slice(0, (CUTS * effort.scale) / LANES);
    const expected = donor.numbers.filter((number) => !last.numbers.includes(number));
    for (const cut of own) {
      cuts += 1;
      const delivered = await deliver(stage, run, donor, donor.bytes.subarray(0, cut));
      const fault = faultOfCut(delivered, expected);
      if (fault !== '') wrong.push(`cut at byte ${cut - last.start} of ${last.end - last.start}: ${fault}`);
    }
  });
  return {
    figures: { cuts },
    claims: [claimAll('every torn write leaves all frames before it', cuts, wrong)],
  };
}

function faultOfCut(
  { numbers, duplicated, isDrained, isClean, said }: Delivered,
  expected: readonly number[],
): string {
  if (expected.some((number) => !numbers.has(number))) return `only ${[...numbers].join(', ')} delivered`;
  if (numbers.size > expected.length) return 'the torn frame was delivered';
  if (duplicated > 0) return 'delivered twice';
  if (!isDrained) return `the spool is not empty: ${said}`;
  return isClean ? '' : `verification: ${said}`;
}

async function flip({ stage, random, effort }: Context): Promise<PartResult> {
  const wrong: string[] = [];
  let flips = 0;
  let costly = 0;
  await inLanes(stage, 'flipped', async ({ donor, run }, lane) => {
    const bits = flippedBits(random.fork(`${lane}`), donor, (FLIPS * effort.scale) / LANES);
    for (const bit of bits) {
      flips += 1;
      const damaged = Buffer.from(donor.bytes);
      const at = Math.floor(bit / 8);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (bit % 8));
      const delivered = await deliver(stage, run, donor, damaged);
      if (delivered.numbers.size < donor.numbers.length) costly += 1;
      const fault = faultOfFlip(delivered, donor, at);
      if (fault !== '') wrong.push(`bit ${bit % 8} of byte ${at}: ${fault}`);
    }
  });
  return {
    figures: { flips, costly },
    claims: [claimAll('a flipped bit costs at most its frame, and not in silence', flips, wrong)],
  };
}

function flippedBits(random: Random, donor: Donor, count: number): number[] {
  return Array.from({ length: count }, () => random.between(0, donor.bytes.length * 8 - 1));
}

function faultOfFlip({ numbers, duplicated, isTold, said }: Delivered, donor: Donor, at: number): string {
  const damaged = donor.frames.findIndex(({ start, end }) => at >= start && at < end);
  const missing = donor.numbers.filter((number) => !numbers.has(number));
  const held = donor.frames[damaged]?.numbers ?? [];
  // What begins a file says whose records they are: without it nothing can be delivered.
  const isHead = damaged === 0;
  if (!isHead && missing.some((number) => !held.includes(number))) return `${missing.join(', ')} missing`;
  if ([...numbers].some((number) => !donor.numbers.includes(number))) return 'something else was delivered';
  if (duplicated > 0) return 'delivered twice';
  return missing.length > 0 && !isTold ? `missing in silence: ${said}` : '';
}

/** Makes the spool as it is damaged, has it delivered, and reads what came. */
async function deliver(stage: Stage, run: Run, donor: Donor, damaged: Buffer): Promise<Delivered> {
  for (const table of ['records', 'segments'])
    await stage.register.command(`TRUNCATE TABLE ${run.database}.${table}`);
  await donor.restore();
  await writeFile(join(run.spoolDirectory, donor.file), damaged);
  const drained = await drainSpool(run);
  const { acknowledged, lost, recordedOnly, duplicated, duplicatedStatements } = await settleAccounts(
    stage,
    run,
  );
  const { code, findings, failure } = await verify(stage, run);
  const numbers = donor.numbers.filter((number) => !lost.includes(number));
  const drain = drained.map(({ found }) => found).join('; ');
  return {
    numbers: new Set(acknowledged + recordedOnly > 0 ? numbers : []),
    duplicated: duplicated.length + duplicatedStatements.length,
    isDrained: drained.every(({ holds }) => holds),
    isClean: code === 0 && findings.length === 0 && failure === '',
    isTold: findings.length > 0 || /damaged|lost|unreadable/i.test(drain),
    said: `${drain}; ${failure}${findings.map(({ kind, text }) => `${kind}: ${text}`).join('; ')}`,
  };
}

async function inLanes(
  stage: Stage,
  name: string,
  work: (lane: Lane, index: number) => Promise<void>,
): Promise<void> {
  const lanes: Lane[] = [];
  for (let lane = 0; lane < LANES; lane++) {
    const run = await createRun(stage, { name: `${name}-${lane}`, mode: MODE, env: ONE_SEGMENT });
    lanes.push({ run, donor: await makeDonor(stage, run, REQUESTS) });
  }
  await Promise.all(lanes.map(work));
}

function claimAll(text: string, count: number, wrong: readonly string[]): Claim {
  const found = wrong.length === 0 ? `all ${count}` : `${wrong.length} of ${count} wrong: ${wrong[0]}`;
  return claim(text, count > 0 && wrong.length === 0, found);
}

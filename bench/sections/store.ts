import { measureDisk } from '../store/disk.ts';
import type { Disk } from '../store/disk.ts';
import { certify, fill, settle, startStore } from '../store/filled-store.ts';
import type { FilledStore } from '../store/filled-store.ts';
import { lookUps } from '../store/look-ups.ts';
import { chooseParameters, parametersFor, readQuestions } from '../store/questions.ts';
import type { Effort, Tell } from './section.ts';
import { timeQuery, timeReading } from '../store/timing.ts';
import type { Timing } from '../store/timing.ts';

/** The store with a history of one size. */
export interface StoreAtSize {
  readonly rows: number;
  readonly filledRowsPerSecond: number;
  readonly disk: Disk;
  /** The queries of docs/queries.md. */
  readonly questions: readonly Timing[];
  /** What explorer and search ask. */
  readonly lookUps: readonly Timing[];
}

export interface StoreResults {
  readonly sizes: readonly StoreAtSize[];
}

const SIZES = [1_000_000, 10_000_000];
const QUICK_SIZES = [20_000];
const TIMES = 3;

/** Fills a register of its own, and asks it all that people ask, at each size. About four minutes; a quick one takes seconds. */
export async function measureStore({ isQuick, largest = 0 }: Effort, tell: Tell): Promise<StoreResults> {
  const store = await startStore();
  const sizes: StoreAtSize[] = [];
  try {
    const usual = isQuick ? QUICK_SIZES : SIZES;
    for (const rows of usual.every((size) => size < largest) ? [...usual, largest] : usual) {
      sizes.push(await measureAt(store, sizes.at(-1)?.rows ?? 0, rows, isQuick ? 1 : TIMES, tell));
    }
  } finally {
    await store.stop();
  }
  return { sizes };
}

async function measureAt(
  store: FilledStore,
  from: number,
  rows: number,
  times: number,
  tell: Tell,
): Promise<StoreAtSize> {
  tell(`store: a history of ${rows.toLocaleString('en-US')} records`);
  const millis = await fill(store, from, rows);
  await certify(store, rows);
  await settle(store);
  const disk = await measureDisk(store);
  tell(`store: ${disk.bytesPerRow.toFixed(1)} bytes a row`);
  const parameters = await chooseParameters(store.writer, rows);
  const questions: Timing[] = [];
  for (const question of readQuestions()) {
    const { name, sql } = question;
    questions.push(await timeQuery(store, name, sql, parametersFor(question, parameters), times));
    tell(`store: ${questions.at(-1)?.medianMillis.toFixed(0)} ms: ${name}`);
  }
  const found: Timing[] = [];
  for (const { name, read } of lookUps(store, parameters))
    found.push(await timeReading(store, name, read, times));
  return {
    rows,
    filledRowsPerSecond: Math.round((rows - from) / (millis / 1_000)),
    disk,
    questions,
    lookUps: found,
  };
}

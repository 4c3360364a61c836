import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { RowRun } from '../../src/delivery/row-run.ts';
import type { SegmentFile, Spool } from '../../src/delivery/spool/spool.ts';

// NOTE: before the timers are imported, which keep what they find; their clock is not a global that could be replaced.
vi.useFakeTimers();
vi.mock('../../src/timers.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  performance: { now: () => Date.now(), timeOrigin: 0 },
}));
const { Chain } = await import('../../src/delivery/chain.ts');
const { Journal } = await import('../../src/delivery/journal.ts');
const { Page } = await import('../../src/delivery/page.ts');
const { createBlankRecord } = await import('../../src/pipeline/blank-record.ts');
const { uuidV7 } = await import('../../src/record/uuid.ts');
const { createLines } = await import('./fake-sink.ts');

const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });
const PROCESS = { service: 'test', version: '', instance: '', environment: '', host: 'here', pid: 1 };
const COUNTS = { appended: 0, delivered: 0, dropped: 0, dead: 0 };

/** Rows of each write, in order. */
let writes: number[];
/** While a write is under way. */
let during: (() => void) | undefined;
let isFull = false;

function journalOf(page: InstanceType<typeof Page>): InstanceType<typeof Journal> {
  const file = {
    append: async ({ count }: RowRun) => {
      during?.();
      during = undefined;
      await Promise.resolve();
      if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      writes.push(count);
    },
    seal: async () => {},
    isInPlace: () => true,
  } as unknown as SegmentFile;
  const journal = new Journal({
    spool: { path: 'nowhere', begin: () => file, stored: () => ({}) } as unknown as Spool,
    log: createLines().log,
    fsync: 'never',
    runDetached: (work) => work(),
    onSaved: () => {},
    onProgress: () => {},
  });
  journal.add(page);
  return journal;
}

let page: InstanceType<typeof Page>;
let journal: InstanceType<typeof Journal>;

function append(): void {
  page.append({ ...blank(), record_id: uuidV7() });
  journal.touch();
}

beforeEach(() => {
  writes = [];
  during = undefined;
  isFull = false;
  page = new Page(new Chain(PROCESS, []));
  journal = journalOf(page);
});

test('The first record after a pause is written at once', async () => {
  append();
  await vi.advanceTimersByTimeAsync(0);
  expect(writes).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1_000);
  append();
  await vi.advanceTimersByTimeAsync(0);
  expect(writes).toEqual([1, 1]);
});

test('What follows a write goes with the next one, 5 ms after it', async () => {
  append();
  await vi.advanceTimersByTimeAsync(0);
  for (let count = 0; count < 4; count++) {
    append();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(writes).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1);
  expect(writes).toEqual([1, 4]);
});

test('What comes during a write goes with the next one, too', async () => {
  during = append;
  append();
  await vi.advanceTimersByTimeAsync(4);
  expect(writes).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1);
  expect(writes).toEqual([1, 1]);
});

test('Who waits for a record to be safe waits for no other', async () => {
  append();
  await vi.advanceTimersByTimeAsync(0);
  append();
  journal.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(writes).toEqual([1, 1]);
});

test('Who begins to wait during a write has the next one at once', async () => {
  during = () => {
    append();
    journal.hurry();
  };
  append();
  await vi.advanceTimersByTimeAsync(0);
  expect(writes).toEqual([1, 1]);
});

test('A segment that is sealed is written to its end without a pause', async () => {
  append();
  await vi.advanceTimersByTimeAsync(0);
  append();
  page.close('records', COUNTS);
  journal.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(writes).toEqual([1, 1]);
  expect(page.isSaved).toBe(true);
});

test('What did not fit is written when there is less of it, and not only after the pause of a failed write', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.99);
  onTestFinished(() => random.mockRestore());
  isFull = true;
  append();
  await vi.advanceTimersByTimeAsync(0);
  expect(journal.isBroken).toBe(true);
  isFull = false;
  journal.touch();
  await vi.advanceTimersByTimeAsync(10);
  expect(writes).toEqual([]);
  journal.relieve();
  await vi.advanceTimersByTimeAsync(0);
  expect(writes).toEqual([1]);
  expect(journal.isBroken).toBe(false);
});

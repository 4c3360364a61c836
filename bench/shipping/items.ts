import type { Page } from '../../dist/delivery/page.js';
import type { Shippable } from '../../dist/delivery/shipper.js';
import type { SealText } from '../../dist/integrity/seal.js';
import type { Spool } from '../../dist/delivery/spool/spool.js';

/** Sealed segments as the shipper gets them while they are in memory. */
export function* fromMemory(pages: Iterable<Page>): Generator<Shippable> {
  for (const page of pages)
    yield {
      seal: page.seal as SealText,
      since: page.sealedAtMillis,
      load: () => page.load(),
      bury: refuse,
      done: async () => {},
    };
}

/** The same after it was written to its file, as after an outage. */
export async function fromSpool(spool: Spool, page: Page): Promise<Shippable> {
  const seal = page.seal as SealText;
  const file = spool.begin(page.head);
  for (let run = page.nextRun(); run !== undefined; run = page.nextRun()) {
    await file.append(run, false);
    page.wrote(run);
  }
  await file.seal(seal);
  const stored = spool.stored(file, seal);
  return {
    seal,
    since: page.sealedAtMillis,
    load: () => stored.load(),
    bury: refuse,
    done: () => stored.done(),
  };
}

async function refuse(_rows: unknown, reason: string): Promise<void> {
  throw new Error(`ClickHouse refuses records: ${reason}`);
}

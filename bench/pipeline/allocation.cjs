'use strict';
/*
 * What a stage allocates on the heap, in bytes a record. The process needs `--expose-gc` and a young generation that
 * holds a whole measurement (`--min-semi-space-size`), so that nothing is collected in between.
 */

/** @returns One value for each round; the first, which warms up, is left out. */
async function measureAllocation({ prepare }, { rounds, records }) {
  const stage = await prepare();
  try {
    const values = [];
    for (let round = 0; round <= rounds; round++) {
      const bytes = await allocatedBy(stage, records);
      if (round > 0) values.push(bytes);
    }
    return values;
  } finally {
    await stage.end?.();
  }
}

async function allocatedBy({ make, run, records: perTurn = 1 }, records) {
  const turns = Math.max(1, Math.round(records / perTurn));
  const given = Array.from({ length: turns }, (_, index) => make(index));
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (const one of given) {
    const outcome = run(one);
    if (outcome instanceof Promise) await outcome;
  }
  const bytes = process.memoryUsage().heapUsed - before;
  return bytes / (turns * perTurn);
}

module.exports = { measureAllocation };

'use strict';
/* CPU time of a stage, in microseconds a record. */

const BATCH = 200;

/**
 * @param records How many go through in one round, about.
 * @returns One value for each round; rounds before them only warm up.
 */
async function measureStage({ prepare }, { rounds = 9, warmUpRounds = 4, records = 20_000 } = {}) {
  const stage = await prepare();
  try {
    const values = [];
    for (let round = 0; round < warmUpRounds + rounds; round++) {
      const micros = await measureRound(stage, records);
      if (round >= warmUpRounds) values.push(micros);
    }
    return values;
  } finally {
    await stage.end?.();
  }
}

/** NOTE: in batches, so that what the turns are given is as short-lived as it is in a server. */
async function measureRound({ make, run, records: perTurn = 1 }, records) {
  const batch = Math.max(1, Math.round(BATCH / perTurn));
  let [done, micros] = [0, 0];
  while (done < records) {
    const given = Array.from({ length: batch }, (_, index) => make(done + index));
    const before = process.cpuUsage();
    for (const one of given) {
      const outcome = run(one);
      if (outcome instanceof Promise) await outcome;
    }
    const { user, system } = process.cpuUsage(before);
    micros += user + system;
    done += batch * perTurn;
  }
  return micros / done;
}

module.exports = { measureStage };

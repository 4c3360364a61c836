'use strict';
// The pipeline alone: `npm run build && node bench/pipeline/run.cjs [stage …]`. CPU microseconds a record, of many rounds.

const { measureStage } = require('./measure.cjs');
const { STAGES } = require('./stages.cjs');

async function main(asked) {
  for (const stage of STAGES) {
    if (asked.length > 0 && !asked.includes(stage.id)) continue;
    const values = (await measureStage(stage)).sort((one, other) => one - other);
    const [least, median, most] = [values[0], values[values.length >> 1], values.at(-1)];
    const range = `${least.toFixed(2)}–${most.toFixed(2)}`;
    process.stdout.write(`| ${stage.title} | ${median.toFixed(2)} µs | ${range} |\n`);
  }
}

void main(process.argv.slice(2));

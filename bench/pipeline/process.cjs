'use strict';
/* One stage, in a process of its own: neither its compiled code nor its garbage meets that of another. */

const { measureAllocation } = require('./allocation.cjs');
const { measureStage } = require('./measure.cjs');
const { STAGES } = require('./stages.cjs');

process.on('message', async ({ question: { id, effort } }) => {
  const stage = STAGES.find((stage) => stage.id === id);
  const micros = await measureStage(stage, effort);
  const heapBytes = await measureAllocation(stage, effort.allocation);
  process.send({ answer: { micros, heapBytes } });
});
process.once('disconnect', () => process.exit());
process.send({ stages: STAGES.map(({ id, title }) => ({ id, title })) });

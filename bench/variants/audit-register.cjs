'use strict';

/* The preload as it is shipped, and its own API to wait for what it has recorded. */

require('../../dist/register.js');
const { flush } = require('../../dist/index.js');

const FLUSH_MILLIS = 60_000;

globalThis[Symbol.for('audit-register.bench.flush')] = async () => {
  if (!(await flush(FLUSH_MILLIS))) throw new Error(`records still wait after ${FLUSH_MILLIS} ms`);
};

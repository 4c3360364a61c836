'use strict';
/* What a statement does and to what: of a text that was read before, and of one that never was. */

const { createSqlAnalyser, loadSqlParser } = require('../../dist/sql/analyse.js');

const UPDATE = 'UPDATE orders SET status = $1, note = $2 WHERE id = $3';

/** @throws Error where it would be measured how long it takes to understand nothing */
async function prepareAnalyser() {
  await loadSqlParser();
  const analyse = createSqlAnalyser();
  const [{ action, tables, problem }] = analyse(UPDATE);
  if (action !== 'update' || tables[0] !== 'orders' || problem !== '')
    throw new Error('the text of the benchmark was not read');
  return analyse;
}

exports.prepareKnownSql = async () => {
  const analyse = await prepareAnalyser();
  return { make: () => UPDATE, run: (text) => analyse(text).length };
};

exports.prepareNewSql = async () => {
  const analyse = await prepareAnalyser();
  let distinct = 0;
  return { make: () => `${UPDATE} AND version_${distinct++} = 1`, run: (text) => analyse(text).length };
};

'use strict';
/* What a statement does and to what: of a text that was read before, and of one that never was. */

const { createSqlAnalyser, loadSqlParser } = require('../../dist/sql/analyse.js');

const UPDATE = 'UPDATE orders SET status = $1, note = $2 WHERE id = $3';

exports.prepareKnownSql = async () => {
  await loadSqlParser();
  const analyse = createSqlAnalyser();
  return { make: () => UPDATE, run: (text) => analyse(text).length };
};

exports.prepareNewSql = async () => {
  await loadSqlParser();
  const analyse = createSqlAnalyser();
  let distinct = 0;
  return { make: () => `${UPDATE} AND version_${distinct++} = 1`, run: (text) => analyse(text).length };
};

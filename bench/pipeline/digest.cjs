'use strict';
/* The digest over the rows of a segment, as they are taken from it together. */

const { createHash } = require('node:crypto');
const { segments } = require('./encode.cjs');
const { requestDraft } = require('./facts.cjs');

/** Rows that are taken at once: about what comes between two writes to the spool under load. */
const TAKEN_ROWS = 100;

exports.prepareDigest = () => {
  const hash = createHash('sha256');
  return {
    records: TAKEN_ROWS,
    make(index) {
      const append = segments();
      let segment;
      for (let row = 0; row < TAKEN_ROWS; row++) segment = append(requestDraft(index + row));
      return segment.runs();
    },
    run(runs) {
      for (const { rows } of runs) hash.update(rows);
    },
  };
};

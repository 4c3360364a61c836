'use strict';
/* A record as a row of RowBinary, with its place in the chain. */

const { OpenSegment } = require('../../dist/delivery/segment.js');
const { SCHEMA_VERSION } = require('../../dist/record/columns.js');
const { uuidV4 } = require('../../dist/record/uuid.js');
const { requestDraft } = require('./facts.cjs');

const SEGMENT_ROWS = 10_000;

/** Appends drafts to segments, one after the other. */
function segments() {
  const chain = uuidV4();
  let segment = new OpenSegment(chain, 1);
  let sequence = 0;
  return (draft) => {
    if (segment.rowCount === SEGMENT_ROWS) segment = new OpenSegment(chain, sequence + 1);
    sequence += 1;
    const place = { chain_id: chain, sequence, segment_id: segment.id, schema_version: SCHEMA_VERSION };
    segment.appendAt(draft, place);
    return segment;
  };
}

exports.segments = segments;
exports.prepareEncode = () => ({ make: requestDraft, run: segments() });

'use strict';
/* What is secret taken out of a request's record, and what is too long cut. */

const { createRedaction } = require('../../dist/pipeline/redaction.js');
const { applyLimits } = require('../../dist/record/limits.js');
const { createRedactor } = require('../../dist/record/redaction/redact.js');
const { requestDraft } = require('./facts.cjs');

exports.prepareRedact = () => {
  const redact = createRedaction(createRedactor([]));
  return {
    make: requestDraft,
    run(draft) {
      redact(draft, 'metadata');
      applyLimits(draft);
    },
  };
};

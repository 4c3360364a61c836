'use strict';
/* The policy's decision on a request, by the default rules. */

const { createPolicy } = require('../../dist/policy/policy.js');
const { config, requestDraft } = require('./facts.cjs');

exports.preparePolicy = () => {
  const decide = createPolicy(config.policy, config.delivery.mode);
  return { make: requestDraft, run: (draft) => decide(draft).level };
};

'use strict';
/* Who makes a request, by a token of RS256 that was verified before. */

const { createIdentityResolver } = require('../../dist/identity/resolve.js');
const { USERS, config, rawRequest, signToken } = require('./facts.cjs');

exports.prepareIdentity = async () => {
  const identify = createIdentityResolver(config.identity);
  const tokens = await Promise.all(Array.from({ length: USERS }, (_, user) => signToken(user)));
  for (const [index, token] of tokens.entries()) {
    const actor = await identify(rawRequest(index, token)).verification;
    if (actor?.assurance !== 'verified') throw new Error('the token of the benchmark was not verified');
  }
  return {
    make: (index) => rawRequest(index, tokens[index % USERS]),
    run: (raw) => identify(raw).settled.id,
  };
};

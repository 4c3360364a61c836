'use strict';
/* A request's scope: what is read of it when it begins, by a request that names nobody. */

const { createIdentityResolver } = require('../../dist/identity/resolve.js');
const { createClientAddressResolver } = require('../../dist/identity/client-address.js');
const { RequestScope } = require('../../dist/capture/request-scope.js');
const { config, rawRequest } = require('./facts.cjs');

exports.prepareScope = () => {
  const identify = createIdentityResolver({ ...config.identity, sources: [] });
  const locate = createClientAddressResolver([]);
  return { make: (index) => rawRequest(index), run: (raw) => new RequestScope(raw, identify, locate).id };
};

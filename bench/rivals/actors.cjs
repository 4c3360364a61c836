'use strict';

/* Who a request is of. The same favour that audit-register gets: a token that was verified is not verified again. */

const { createRemoteJWKSet, jwtVerify } = require('jose');

const MAX_KNOWN = 5_000;
const NOBODY = { id: '', name: '', roles: [], tenant: '' };

/** @returns a function from a request to its actor, or to a promise of it */
function createActors(issuerUrl) {
  const keys = createRemoteJWKSet(new URL(`${issuerUrl}/.well-known/jwks.json`));
  const known = new Map();

  async function verify(token) {
    const { payload } = await jwtVerify(token, keys, { issuer: issuerUrl, audience: 'shop' }).catch(
      () => ({}),
    );
    const actor =
      payload === undefined
        ? NOBODY
        : { id: payload.sub, name: payload.name, roles: payload.roles, tenant: payload.tenant };
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(token, actor);
    return actor;
  }

  return (request) => {
    const { authorization } = request.headers;
    if (!authorization?.startsWith('Bearer ')) return NOBODY;
    const token = authorization.slice('Bearer '.length);
    return known.get(token) ?? verify(token);
  };
}

module.exports = { createActors };

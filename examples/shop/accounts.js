'use strict';

const express = require('express');
const { createRemoteJWKSet, errors, jwtVerify } = require('jose');
const { HttpError } = require('./http-error.js');
const { isPassword } = require('./passwords.js');

const AUDIENCE = 'shop';
const WRONG_LOGIN = 'The name or the password is wrong.';

/** Login, logout, and the middleware that knows who is asking. */
function createAccounts(pool, { issuerUrl, issuerSecret }) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', issuerUrl));

  async function verify(token) {
    try {
      const { payload } = await jwtVerify(token, keys, { issuer: issuerUrl, audience: AUDIENCE });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError)
        throw new HttpError(401, 'Your token is not valid: log in again.');
      throw error;
    }
  }

  async function isRevoked(jti) {
    const { rowCount } = await pool.query('SELECT 1 FROM revoked_tokens WHERE jti = $1', [jti]);
    return rowCount > 0;
  }

  async function authenticate(request, _response, next) {
    const [, token] = /^Bearer (.+)$/.exec(request.get('authorization') ?? '') ?? [];
    if (token === undefined) throw new HttpError(401, 'Log in first.');
    const claims = await verify(token);
    if (await isRevoked(claims.jti)) throw new HttpError(401, 'You have logged out: log in again.');
    request.user = { id: claims.sub, name: claims.name, roles: claims.roles, tokenId: claims.jti };
    next();
  }

  async function requestToken(user) {
    const response = await fetch(new URL('/tokens', issuerUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-issuer-secret': issuerSecret },
      body: JSON.stringify({ subject: user.id, name: user.name, roles: user.roles, tenant: user.tenant }),
    });
    if (!response.ok) throw new Error(`The issuer answered ${response.status}`);
    const { token } = await response.json();
    return token;
  }

  async function login(request, response) {
    const { name, password } = request.body ?? {};
    if (typeof name !== 'string' || typeof password !== 'string') {
      throw new HttpError(400, 'Send a name and a password.');
    }
    const { rows } = await pool.query('SELECT * FROM users WHERE name = $1', [name]);
    const user = rows[0];
    if (user === undefined) throw new HttpError(401, WRONG_LOGIN);
    if (!(await isPassword(password, user.password_hash))) {
      await pool.query('UPDATE users SET failed_logins = failed_logins + 1 WHERE id = $1', [user.id]);
      throw new HttpError(401, WRONG_LOGIN);
    }
    await pool.query('UPDATE users SET failed_logins = 0, last_login_at = now() WHERE id = $1', [user.id]);
    response.json({ token: await requestToken(user) });
  }

  async function logout(request, response) {
    await pool.query('INSERT INTO revoked_tokens (jti) VALUES ($1)', [request.user.tokenId]);
    response.status(204).end();
  }

  const routes = express.Router();
  routes.post('/login', login);
  routes.post('/logout', authenticate, logout);
  return { routes, authenticate };
}

/** Middleware that lets only these roles pass. */
function allow(...roles) {
  return (request, _response, next) => {
    if (!roles.some((role) => request.user.roles.includes(role))) {
      throw new HttpError(403, `This is for the ${roles.join(' or the ')} only.`);
    }
    next();
  };
}

module.exports = { createAccounts, allow };

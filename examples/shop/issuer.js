'use strict';

/* Issues the tokens of the shop. Anybody may fetch its public key, only the shop may ask for a token. */

const { randomUUID, timingSafeEqual } = require('node:crypto');
const express = require('express');
const { SignJWT, exportJWK, generateKeyPair, calculateJwkThumbprint } = require('jose');

const AUDIENCE = 'shop';
const LIFETIME = '15m';

/** The key lives as long as the process: after a restart everybody logs in again. */
async function createKey() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, kid, jwk: { ...jwk, kid, alg: 'RS256', use: 'sig' } };
}

function issueToken(key, issuer, { subject, name, roles, tenant }) {
  return new SignJWT({ name, roles, tenant })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(key.privateKey);
}

function isSecret(given, secret) {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function createIssuer(key, { issuer, secret }) {
  const app = express();
  app.disable('x-powered-by');
  app.get('/.well-known/jwks.json', (_request, response) => {
    response.set('cache-control', 'public, max-age=300').json({ keys: [key.jwk] });
  });
  app.post('/tokens', express.json(), async (request, response) => {
    if (!isSecret(request.get('x-issuer-secret'), secret)) {
      return response.status(401).json({ error: 'The issuer does not know you.' });
    }
    response.status(201).json({ token: await issueToken(key, issuer(), request.body) });
  });
  return app;
}

async function main() {
  const { PORT = '3001', HOST = '127.0.0.1', ISSUER_URL, ISSUER_SECRET } = process.env;
  if (!ISSUER_SECRET)
    throw new Error('ISSUER_SECRET is not set: any long text, the same for shop and issuer');
  let address = ISSUER_URL;
  const app = createIssuer(await createKey(), { issuer: () => address, secret: ISSUER_SECRET });
  const server = app.listen(Number(PORT), HOST, (error) => {
    if (error) throw error;
    address ??= `http://${HOST}:${server.address().port}`;
    console.log(`issuer is listening on http://${HOST}:${server.address().port}`);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
}

main();

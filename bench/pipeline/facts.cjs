'use strict';
// What the stages are given: a request of a verified user and a draft of its record.

const { generateKeyPairSync } = require('node:crypto');
const { loadConfig } = require('../../dist/config/load.js');
const { createBlankRecord } = require('../../dist/pipeline/blank-record.js');
const { uuidV7 } = require('../../dist/record/uuid.js');

const ISSUER = 'https://issuer.example';
const AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const USERS = 20;
const ROWS = 100_000;

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PUBLIC_KEY = keys.publicKey.export({ type: 'spki', format: 'pem' });
const config = loadConfig(
  { AUDIT_REGISTER_JWT_PUBLIC_KEY: PUBLIC_KEY, AUDIT_REGISTER_JWT_ISSUER: ISSUER },
  __dirname,
);

/** A text as the parser of HTTP makes one: new for each request. */
function received(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function signToken(user) {
  const { SignJWT } = require('jose');
  const claims = {
    sub: `u-${user}`,
    name: `user${user}@example.com`,
    roles: ['clerk', 'editor'],
    jti: uuidV7(),
  };
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(ISSUER)
    .setExpirationTime('1h');
  return token.sign(keys.privateKey);
}

function rawRequest(index, token = '') {
  const headers = { host: 'localhost', 'user-agent': received(AGENT), accept: '*/*' };
  return {
    method: index % 4 === 0 ? 'PUT' : 'GET',
    url: received(`/orders/${(index * 7_919) % ROWS}?page=${index % 50}&sort=created`),
    headers: token === '' ? headers : { ...headers, authorization: received(`Bearer ${token}`) },
    protocol: '1.1',
    remoteAddress: '127.0.0.1',
    remotePort: 40_000 + (index % USERS),
  };
}

const blank = createBlankRecord({
  name: 'shop',
  version: '1.0.0',
  instance: uuidV7(),
  environment: 'production',
});

/** A request's record as it comes to the policy. */
function requestDraft(index) {
  const { method, url, headers } = rawRequest(index);
  const [path, query] = url.split('?');
  const user = index % USERS;
  const id = uuidV7();
  return Object.assign(blank(), {
    record_id: id,
    occurred_at: 1_790_000_000_000_000_000n + BigInt(index) * 1_000_003n,
    recorded_at: 1_790_000_000_000_000n + BigInt(index) * 1_000n,
    duration_us: 300 + (index % 97),
    category: 'http',
    action: method === 'GET' ? 'read' : 'update',
    outcome: 'success',
    actor_type: 'user',
    actor_id: `u-${user}`,
    actor_name: `user${user}@example.com`,
    actor_roles: ['clerk', 'editor'],
    session_id: `0199d0c4-7e1a-7c3e-9d51-0000000000${user + 10}`,
    auth_method: 'jwt',
    auth_issuer: ISSUER,
    actor_assurance: 'verified',
    source_address: '127.0.0.1',
    source_port: 40_000 + user,
    user_agent: headers['user-agent'],
    trace_id: uuidV7().replaceAll('-', ''),
    span_id: uuidV7().slice(-12).padStart(16, 'a'),
    correlation_id: id,
    request_id: id,
    target_type: 'route',
    target_id: '/orders/:id',
    http_method: method,
    http_route: '/orders/:id',
    url_path: path,
    url_query: query,
    http_status: 200,
    response_size: 1_234,
    attributes: { 'network.protocol.version': '1.1' },
  });
}

module.exports = { USERS, config, rawRequest, requestDraft, signToken };

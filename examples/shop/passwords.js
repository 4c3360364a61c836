'use strict';

const { randomBytes, scrypt, timingSafeEqual } = require('node:crypto');
const { promisify } = require('node:util');

const derive = promisify(scrypt);
const KEY_BYTES = 32;

/** `scrypt:<salt>:<key>`, both in base64. */
async function hashPassword(password) {
  const salt = randomBytes(16);
  const key = await derive(password, salt, KEY_BYTES);
  return `scrypt:${salt.toString('base64')}:${key.toString('base64')}`;
}

async function isPassword(password, hash) {
  const [, salt, key] = hash.split(':');
  const derived = await derive(password, Buffer.from(salt, 'base64'), KEY_BYTES);
  return timingSafeEqual(derived, Buffer.from(key, 'base64'));
}

module.exports = { hashPassword, isPassword };

'use strict';

/* Copies of the bodies of a request and its response, bounded, as text. */

const MAX_BYTES = 16_384;

function copyBodies(request, response) {
  const copies = { request: '', response: '' };
  const keep = (side, chunk) => {
    if (chunk?.length > 0 && typeof chunk !== 'function' && copies[side].length < MAX_BYTES)
      copies[side] += chunk.toString().slice(0, MAX_BYTES - copies[side].length);
  };
  const { push } = request;
  request.push = function copyingPush(chunk, encoding) {
    keep('request', chunk);
    return push.call(this, chunk, encoding);
  };
  const { write, end } = response;
  response.write = function copyingWrite(chunk, ...rest) {
    keep('response', chunk);
    return write.call(this, chunk, ...rest);
  };
  response.end = function copyingEnd(chunk, ...rest) {
    keep('response', chunk);
    return end.call(this, chunk, ...rest);
  };
  return copies;
}

module.exports = { copyBodies };

'use strict';

/** An answer other than success, thrown by a handler. */
class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Express's error handler: what a handler threw becomes the response. */
function answerErrors(error, _request, response, next) {
  if (response.headersSent) return next(error);
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  response.status(status).json({ error: status >= 500 ? 'Something went wrong.' : error.message });
}

module.exports = { HttpError, answerErrors };

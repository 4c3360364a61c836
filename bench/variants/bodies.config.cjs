'use strict';

/* Everything is recorded with its bodies. */

module.exports = { policy: [{ name: 'all', level: 'request_response' }] };

// The preload: `node --require audit-register app.js`. This file alone runs on any Node.js, so that an old one is told
// so in one line; everything else is loaded from here.
import { refusalOfOldNode } from './oldest-node.js';

const refusal = refusalOfOldNode();

if (refusal !== undefined) {
  process.stderr.write(refusal);
  process.exit(78);
}

const threads = require('node:worker_threads') as { isInternalThread?: boolean };

// NOTE: threads that Node.js starts for its own loaders run preloads too.
if (threads.isInternalThread !== true) {
  (require('./start.js') as typeof import('./start.js')).start();
}

// The preload: `node --require audit-register app.js`. This file alone runs on any Node.js, so that an old one is told
// so in one line; everything else is loaded from here.
const parts = process.versions.node.split('.').map(Number) as [number, number];

if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 15)) {
  process.stderr.write(
    'audit-register: Node.js 22.15 or newer is needed, this is ' +
      process.versions.node +
      '; remove the preload or update Node.js\n',
  );
  process.exit(78);
}

const threads = require('node:worker_threads') as { isInternalThread?: boolean };

// NOTE: threads that Node.js starts for its own loaders run preloads too.
if (threads.isInternalThread !== true) {
  (require('./start.js') as typeof import('./start.js')).start();
}

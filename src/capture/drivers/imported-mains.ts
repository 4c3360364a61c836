import { createRequire } from 'node:module';
import type { WatchedFile } from '../frameworks/module-hook.js';

/** Main files of drivers whose instrumentations replace what the main file exports. */
const MAINS =
  /\/node_modules\/(?:ioredis\/built\/index|mysql\/index|tedious\/lib\/tedious|cassandra-driver\/index|memcached\/(?:index|lib\/memcached))\.js$/;

/**
 * Instrumentations see what is required. A driver that an ES module imports is not; so it is required once more while it loads,
 * which gives the same object.
 */
export const IMPORTED_MAINS: WatchedFile = {
  file: MAINS,
  expression: 'module.exports',
  watch: (exported: object) => {
    const require = createRequire(__filename);
    const loaded = Object.values(require.cache).find((module) => module?.exports === exported);
    return loaded === undefined ? exported : (require(loaded.filename) as object);
  },
};

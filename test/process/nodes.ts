import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

const inWorkspace = (version: number): string =>
  join(ROOT, `test/runtimes/node-${version}/node_modules/node/bin/node`);

/** The Node.js that runs the tests, and the others that users have. */
export const NODES = {
  20: inWorkspace(20),
  22: inWorkspace(22),
  24: join(ROOT, 'node_modules/node/bin/node'),
  26: inWorkspace(26),
} as const;

export type NodeVersion = keyof typeof NODES;

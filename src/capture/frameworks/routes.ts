import { EXPRESS } from './express.js';
import { HONO } from './hono.js';
import { KOA } from './koa.js';
import { GRAPHQL } from './graphql.js';
import type { FunctionFile, WatchedFile } from './module-hook.js';
import { NEXT } from './next.js';
import { noteRouter } from './router-seen.js';
import { TRPC } from './trpc.js';

/** The files of frameworks that know the route templates. */
const ROUTE_FILES: readonly (WatchedFile | FunctionFile)[] = [...EXPRESS, ...KOA, ...HONO, ...NEXT].map(
  (file) => ({
    ...file,
    watch: (value, guard) => {
      noteRouter();
      return file.watch(value, guard);
    },
  }),
);

/** Those, and the files of what knows the operations that a request asks for. */
export const FRAMEWORK_FILES: readonly (WatchedFile | FunctionFile)[] = [...ROUTE_FILES, ...GRAPHQL, ...TRPC];

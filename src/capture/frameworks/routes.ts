import { EXPRESS } from './express.js';
import { HONO } from './hono.js';
import { KOA } from './koa.js';
import type { WatchedFile } from './module-hook.js';
import { noteRouter } from './router-seen.js';

/** The files of frameworks that know the route templates. */
export const ROUTE_FILES: readonly WatchedFile[] = [...EXPRESS, ...KOA, ...HONO].map((file) => ({
  ...file,
  watch: (value, guard) => {
    noteRouter();
    return file.watch(value, guard);
  },
}));

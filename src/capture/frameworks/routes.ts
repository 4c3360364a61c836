import type { Guard } from '../guard.js';
import { EXPRESS } from './express.js';
import { captureFastify } from './fastify.js';
import { HONO } from './hono.js';
import { KOA } from './koa.js';
import { watchFiles } from './module-hook.js';

/** Learns the route templates of the frameworks; must run before the application loads them. */
export function captureRoutes(guard: Guard): void {
  watchFiles([...EXPRESS, ...KOA, ...HONO], guard);
  captureFastify(guard);
}

import diagnostics from 'node:diagnostics_channel';
import type { Guard } from '../../guard.js';
import { currentScope } from '../request-scope.js';
import { noteRouter } from './router-seen.js';

interface FastifyRequest {
  readonly routeOptions?: { readonly url?: string };
}

interface FastifyInstance {
  addHook(
    name: 'onRequest' | 'preHandler',
    hook: (request: FastifyRequest, reply: unknown, done: () => void) => void,
  ): void;
}

/** Fastify announces each instance; our hook is its first, so a request that is refused by a later one has its route. */
export function captureFastify(guard: Guard): void {
  diagnostics.subscribe('fastify.initialization', (message) => {
    guard('the routes of Fastify', () => {
      noteRouter();
      const { fastify } = message as { fastify: FastifyInstance };
      fastify.addHook('onRequest', (request, _reply, done) => {
        guard('the route of Fastify', () => {
          const scope = currentScope();
          if (scope === undefined) return;
          scope.route = request.routeOptions?.url ?? '';
          scope.identity.addCarrier(request);
        });
        done();
      });
      fastify.addHook('preHandler', (_request, _reply, done) => {
        guard('the user of Fastify', () => currentScope()?.identity.look());
        done();
      });
    });
  });
}

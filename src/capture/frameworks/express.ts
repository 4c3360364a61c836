import type { IncomingMessage } from 'node:http';
import type { Guard } from '../guard.js';
import { currentScope } from '../request-scope.js';
import type { WatchedFile } from './module-hook.js';

type Dispatch = (
  this: { path?: unknown },
  request: IncomingMessage & { baseUrl?: string },
  ...rest: unknown[]
) => unknown;

interface RouteClass {
  readonly prototype: { dispatch: Dispatch };
}

/** Express 5 has its router in a package of its own, Express 4 brings it along. NestJS stands on either. */
export const EXPRESS: readonly WatchedFile[] = [
  { file: /\/node_modules\/router\/lib\/route\.js$/, expression: 'module.exports', watch: watchRoute },
  {
    file: /\/node_modules\/express\/lib\/router\/route\.js$/,
    expression: 'module.exports',
    watch: watchRoute,
  },
];

/** Notes the route when it takes the request: an error handler runs with the mount path already taken off. */
function watchRoute(Route: RouteClass, guard: Guard): RouteClass {
  const original = Route.prototype.dispatch;
  Route.prototype.dispatch = function dispatch(request, ...rest) {
    guard('the route of Express', () => {
      const scope = currentScope();
      if (scope !== undefined && typeof this.path === 'string')
        scope.route = (request.baseUrl ?? '') + this.path;
    });
    return original.call(this, request, ...rest);
  };
  return Route;
}

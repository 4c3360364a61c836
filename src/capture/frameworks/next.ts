import type { Guard } from '../../guard.js';
import { ownData } from '../../identity/data-property.js';
import { currentScope } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import type { FunctionFile } from './module-hook.js';

/** Where Next.js keeps what it knows of a request. Source: next, server/request-meta.ts. */
const META = Symbol.for('NextInternalRequestMeta');

/** Where it keeps the names of server actions. Source: next, server/app-render/manifests-singleton.ts. */
const MANIFESTS = Symbol.for('next.server.manifests');

type NoteMeta = (this: unknown, request: object, ...rest: unknown[]) => unknown;

export const NEXT: readonly FunctionFile[] = [
  {
    file: /\/node_modules\/next\/dist\/(?:esm\/)?server\/request-meta\.js$/,
    declares: 'addRequestMeta',
    watch: watchMeta,
  },
];

/** Next.js says the route of a request step by step, and on an object that hangs on the request. */
function watchMeta(original: NoteMeta, guard: Guard): NoteMeta {
  return function addRequestMeta(request, ...rest) {
    const meta = original.call(this, request, ...rest);
    guard('the route of Next.js', () => {
      const scope = currentScope();
      if (scope !== undefined && scope.readOperations === undefined) watchScope(scope, request);
    });
    return meta;
  };
}

function watchScope(scope: RequestScope, request: object): void {
  const outer = scope.readRoute;
  scope.readRoute = () => routeOf(request) || (outer?.() ?? scope.route);
  scope.readOperations = () => noteAction(scope, request);
}

/** Pages with these names stand in for a route: of an error, or of nothing. */
const STAND_IN = /^\/_/;

function routeOf(request: object): string {
  const meta = ownData(request, META);
  const matched = ownData(ownData(ownData(meta, 'match'), 'definition'), 'pathname');
  return [matched, ownData(meta, 'invokeOutput')].find(isRoute) ?? '';
}

function isRoute(path: unknown): path is string {
  return typeof path === 'string' && path.startsWith('/') && !STAND_IN.test(path);
}

/** NOTE: the client names the action by its id; only one that the application has is one. */
function noteAction(scope: RequestScope, request: object): void {
  const id = scope.headers['next-action'];
  if (scope.method !== 'POST' || typeof id !== 'string' || !isPage(request)) return;
  const manifest = ownData(ownData(globalThis, MANIFESTS), 'serverActionsManifest');
  const action = ownData(ownData(manifest, 'node'), id) ?? ownData(ownData(manifest, 'edge'), id);
  if (action === undefined) return;
  const [file, name] = [ownData(action, 'filename'), ownData(action, 'exportedName')];
  const isNamed = typeof file === 'string' && typeof name === 'string';
  scope.asked.note({ type: 'action', names: isNamed ? [`${file}#${name}`] : [] });
}

/** A route handler does not look for actions. */
function isPage(request: object): boolean {
  const match = ownData(ownData(request, META), 'match');
  return ownData(ownData(match, 'definition'), 'kind') !== 'APP_ROUTE';
}

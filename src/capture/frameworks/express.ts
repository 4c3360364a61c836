import type { IncomingMessage } from 'node:http';
import type { Guard } from '../../guard.js';
import { currentScope } from '../request-scope.js';
import type { WatchedFile } from './module-hook.js';

/** Templates of the routers a request went through, by what of the path they matched: `/shops/7` → `/shops/:shop`. */
const MOUNTS = Symbol('audit-register.express-mounts');
const TEMPLATE = Symbol('audit-register.express-template');

type ExpressRequest = IncomingMessage & { baseUrl?: string; [MOUNTS]?: Record<string, string> };
type Handle = (this: unknown, request: ExpressRequest, ...rest: unknown[]) => unknown;

interface RouteClass {
  readonly prototype: { dispatch: Handle };
}

interface Layer {
  readonly route?: unknown;
  [TEMPLATE]?: string;
}

type LayerClass = (new (path: unknown, ...rest: unknown[]) => Layer) & {
  readonly prototype: Record<string, unknown>;
};

/** Express 5 has its router in a package of its own, Express 4 brings it along. NestJS stands on either. */
export const EXPRESS: readonly WatchedFile[] = ['router/lib', 'express/lib/router'].flatMap((directory) => [
  {
    file: new RegExp(`/node_modules/${directory}/route\\.js$`),
    expression: 'module.exports',
    watch: watchRoute,
  },
  {
    file: new RegExp(`/node_modules/${directory}/layer\\.js$`),
    expression: 'module.exports',
    watch: watchLayer,
  },
]);

/** Notes the route when it takes the request: an error handler runs with the mount path already taken off. */
function watchRoute(Route: RouteClass, guard: Guard): RouteClass {
  const original = Route.prototype.dispatch;
  Route.prototype.dispatch = function dispatch(request, ...rest) {
    guard('the route of Express', () => {
      const scope = currentScope();
      const path = (this as { path?: unknown }).path;
      if (scope === undefined) return;
      if (path !== undefined) scope.route = mountOf(request) + templateOf(path);
      // NOTE: a handler that logs the user out takes the name away.
      scope.identity.look();
    });
    return original.call(this, request, ...rest);
  };
  return Route;
}

/** A router can be mounted on a path with parameters, of which `baseUrl` shows the values only. */
function watchLayer(Layer: LayerClass, guard: Guard): LayerClass {
  for (const name of ['handleRequest', 'handle_request']) {
    const original = Layer.prototype[name] as Handle | undefined;
    if (original === undefined) continue;
    Layer.prototype[name] = function handle(this: Layer, request: ExpressRequest, ...rest: unknown[]) {
      if (this[TEMPLATE] !== undefined) guard('a router of Express', () => noteMount(this, request));
      return original.call(this, request, ...rest);
    };
  }
  return new Proxy(Layer, {
    construct(target, args, newTarget) {
      const layer = Reflect.construct(target, args, newTarget) as Layer;
      const template = templateOf(args[0]);
      if (template !== '/') layer[TEMPLATE] = template.replace(/\/$/, '');
      return layer;
    },
  });
}

/** `baseUrl` has been set to what the layer and those around it matched; the layer's own part has as many segments. */
function noteMount(layer: Layer, request: ExpressRequest): void {
  const { baseUrl } = request;
  if (layer.route !== undefined || baseUrl === undefined || baseUrl === '') return;
  const template = layer[TEMPLATE] as string;
  const segments = baseUrl.split('/');
  const outer = segments.slice(0, 1 - template.split('/').length).join('/');
  request[MOUNTS] ??= {};
  // NOTE: also where nothing has to be replaced, because a layer before may have matched the same text otherwise.
  request[MOUNTS][baseUrl] = isPlain(template) ? mountOf(request, outer) + template : baseUrl;
}

/** Whether it matches segment by segment; not so wildcards, optional parts, lists and regular expressions. */
function isPlain(template: string): boolean {
  return /^(?:\/[^/*{}(),\\[\]^$?]+)+$/.test(template);
}

/** The template for a path that routers have matched; the path itself where they left none. */
function mountOf(request: ExpressRequest, baseUrl = request.baseUrl ?? ''): string {
  return request[MOUNTS]?.[baseUrl] ?? baseUrl;
}

/** A path may also be a regular expression, or a list. */
function templateOf(path: unknown): string {
  return typeof path === 'string' ? path : String(path);
}

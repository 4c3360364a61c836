import type { Guard } from '../../guard.js';
import { currentScope } from '../request-scope.js';
import type { WatchedFile } from './module-hook.js';

interface Route {
  readonly path: string;
  /** `ALL` for middleware. */
  readonly method: string;
}

type Matched = readonly (readonly [readonly [unknown, Route], unknown])[];

interface HonoContext {
  readonly get: (name: string) => unknown;
  readonly req: { readonly routeIndex: number };
}

interface HonoOptions {
  readonly matchResult?: readonly [Matched, ...unknown[]];
}

type ContextClass = new (request: unknown, options?: HonoOptions) => HonoContext;

/** NOTE: `Context` is a `var` in Hono's builds, so another class can take its place; CommonJS has exported it by then. */
export const HONO: readonly WatchedFile[] = [
  { file: /\/node_modules\/hono\/dist\/context\.js$/, expression: 'Context', watch: watchContext },
  {
    file: /\/node_modules\/hono\/dist\/cjs\/context\.js$/,
    expression: 'exports.Context',
    watch: watchContext,
  },
];

/** Hono leaves nothing of its routing on Node's request, but gives it to each context it makes. */
function watchContext(Context: ContextClass, guard: Guard): ContextClass {
  return class extends Context {
    constructor(request: unknown, options?: HonoOptions) {
      super(request, options);
      guard('the route of Hono', () => {
        const scope = currentScope();
        if (scope === undefined) return;
        scope.readRoute = () => routeOf(this, options?.matchResult?.[0] ?? []);
        scope.identity.addCarrier(this, (name) => this.get(name));
      });
    }
  };
}

/**
 * The handler that ran last is the one that answered. Where it is a middleware, the request was on its way to the first
 * handler behind it; where there is none, to nothing.
 */
function routeOf(context: HonoContext, matched: Matched): string {
  const { routeIndex } = context.req;
  const routes = matched.map(([[, route]]) => route);
  const endpoint = routes.slice(routeIndex).find(({ method }) => method !== 'ALL');
  const last = routes[routeIndex];
  return endpoint?.path ?? (last?.path.endsWith('*') === false ? last.path : '');
}

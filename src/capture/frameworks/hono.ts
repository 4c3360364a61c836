import type { Guard } from '../guard.js';
import { currentScope } from '../request-scope.js';
import type { WatchedFile } from './module-hook.js';

type Matched = readonly (readonly [readonly [unknown, { readonly path?: string }], unknown])[];

interface HonoContext {
  readonly req: { readonly routeIndex: number };
}

interface HonoOptions {
  readonly matchResult?: readonly [Matched, ...unknown[]];
}

type ContextClass = new (request: unknown, options?: HonoOptions) => HonoContext;

/** NOTE: `Context` is a `var` in Hono's builds, so another class can take its place. */
export const HONO: readonly WatchedFile[] = [
  { file: /\/node_modules\/hono\/dist\/(?:cjs\/)?context\.js$/, expression: 'Context', watch: watchContext },
];

/** Hono leaves nothing of its routing on Node's request, but gives it to each context it makes. */
function watchContext(Context: ContextClass, guard: Guard): ContextClass {
  return class extends Context {
    constructor(request: unknown, options?: HonoOptions) {
      super(request, options);
      guard('the route of Hono', () => {
        const scope = currentScope();
        if (scope !== undefined) scope.readRoute = () => routeOf(this, options?.matchResult?.[0] ?? []);
      });
    }
  };
}

/** The handler that ran last is the one that answered. */
function routeOf(context: HonoContext, matched: Matched): string {
  return matched[context.req.routeIndex]?.[0][1].path ?? '';
}

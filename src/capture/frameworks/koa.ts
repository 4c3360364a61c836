import type { Guard } from '../../guard.js';
import { currentScope } from '../request-scope.js';
import type { WatchedFile } from './module-hook.js';

interface KoaContext {
  /** Set by @koa/router and koa-router. */
  readonly _matchedRoute?: unknown;
}

interface Application {
  readonly prototype: { createContext: (this: unknown, ...args: unknown[]) => KoaContext };
}

export const KOA: readonly WatchedFile[] = [
  {
    file: /\/node_modules\/koa\/lib\/application\.js$/,
    expression: 'module.exports',
    watch: watchApplication,
  },
];

/** Keeps the context of the request, in which the router leaves its route. */
function watchApplication(Application: Application, guard: Guard): Application {
  const original = Application.prototype.createContext;
  Application.prototype.createContext = function createContext(...args) {
    const context = original.apply(this, args);
    guard('the route of Koa', () => {
      const scope = currentScope();
      if (scope === undefined) return;
      scope.readRoute = () => (typeof context._matchedRoute === 'string' ? context._matchedRoute : '');
      scope.identity.addCarrier(context);
    });
    return context;
  };
  return Application;
}

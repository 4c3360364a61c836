import type { Guard } from '../../guard.js';
import { ownData } from '../../identity/data-property.js';
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
      scope.identity.addCarrier(context, (name) => (name === 'session' ? sessionOf(context) : undefined));
    });
    return context;
  };
  return Application;
}

/** Own property of the context in which koa-session keeps what its getter gives. */
const SESSION = 'context#_contextSession';

/** NOTE: the getter itself would make an empty session where the middleware has not yet loaded the real one. */
function sessionOf(context: KoaContext): unknown {
  const key = Object.getOwnPropertySymbols(context).find(({ description }) => description === SESSION);
  return key === undefined ? undefined : ownData(ownData(context, key), 'session');
}

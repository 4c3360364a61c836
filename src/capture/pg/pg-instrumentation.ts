import { types } from 'node:util';
import { isWrapped } from '@opentelemetry/instrumentation';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import type { PgInstrumentationConfig } from '@opentelemetry/instrumentation-pg';
import { bindToCaller } from './callers.js';
import type { Patch } from './pg-methods.js';
import { actualError } from './pg-error.js';
import { callbackOf, givenArguments, withCallback } from './pg-query.js';
import { hasOwnGetters } from '../../pipeline/values/plain-data.js';
import type { AnyFunction } from './pg-query.js';

interface PgClass {
  readonly prototype: Record<string, AnyFunction>;
}

interface ModuleDefinition {
  readonly name: string;
  patch?: (module: PgClass, version?: string) => unknown;
}

/** The parts of the pinned instrumentation that its types call private. */
interface PgPatches extends Instrumentation {
  init(): ModuleDefinition[];
  _patchPgClient(module: PgClass): unknown;
  _getClientConnectPatch(): Patch;
  _getClientQueryPatch(): Patch;
  _getPoolConnectPatch(): Patch;
}

const Base = PgInstrumentation as unknown as new (config: PgInstrumentationConfig) => PgPatches;

/**
 * instrumentation-pg, made to leave an application's own one alone: it makes spans only where OpenTelemetry is ours, and
 * does not take away a wrapper that is already there.
 *
 * NOTE: it patches by the private methods of instrumentation-pg 0.77, so that version is pinned.
 *
 * @param isOurs Decides at the first use whose OpenTelemetry it is.
 * @param beforeQuery Called before the span of a query starts.
 */
export function createPgInstrumentation(
  config: PgInstrumentationConfig,
  isOurs: () => boolean,
  beforeQuery: () => void,
): Instrumentation {
  class AuditPgInstrumentation extends Base {
    override init(): ModuleDefinition[] {
      const definitions = super.init();
      for (const definition of definitions.filter(({ name }) => name === 'pg-pool')) {
        const { patch } = definition;
        definition.patch = (pool, version) =>
          isWrapped(pool.prototype['connect']) ? pool : patch?.(pool, version);
      }
      return definitions;
    }

    override _patchPgClient(client: PgClass): unknown {
      return isWrapped(client.prototype['query']) ? client : super._patchPgClient(client);
    }

    override _getPoolConnectPatch(): Patch {
      const patch = super._getPoolConnectPatch();
      return withOwnSpans((original) => bindConnect(patch(original)));
    }

    override _getClientConnectPatch(): Patch {
      return withOwnSpans(super._getClientConnectPatch());
    }

    override _getClientQueryPatch(): Patch {
      const patch = super._getClientQueryPatch();
      return withOwnSpans((original) => {
        const query = patch(original);
        return function spannedQuery(...given) {
          const args = givenArguments(given);
          // NOTE: it copies the query's object, which would run the application's code once more.
          if (hasOwnGetters(args[0])) return original.apply(this, args);
          const callback = callbackOf(args);
          beforeQuery();
          if (callback !== undefined) return query.apply(this, withCallback(args, withActualError(callback)));
          const result = query.apply(this, args);
          return types.isPromise(result) ? result.then(undefined, rejectActually) : result;
        };
      });
    }
  }

  /** An application with its own SDK decides itself what has spans. */
  function withOwnSpans(patch: Patch): Patch {
    return (original) => {
      const spanned = patch(original);
      return function patched(...args) {
        return (isOurs() ? spanned : original).apply(this, args);
      };
    };
  }

  return new AuditPgInstrumentation(config);
}

function withActualError(callback: AnyFunction): AnyFunction {
  return function actualCallback(error, ...rest) {
    return callback.call(this, actualError(error), ...rest);
  };
}

function rejectActually(error: unknown): never {
  throw actualError(error);
}

/** NOTE: a waiting caller is served in the turn of whoever released the client; its own context goes with it. */
function bindConnect(original: AnyFunction): AnyFunction {
  return function boundConnect(callback, ...rest) {
    return original.call(this, bindToCaller(callback), ...rest);
  };
}

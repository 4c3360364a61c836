import { keepOn } from '../keep-on.js';
import type { Guard } from '../../guard.js';
import { dataOf } from '../../pipeline/values/plain-data.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import { watchFunctions, watchMethods } from './pg-methods.js';
import type { Patch } from './pg-methods.js';
import type { AnyFunction, PgQuery } from './pg-query.js';
import type { QueryCall } from './query-call.js';
import type { SentValues } from './sent-values.js';

/** What pg gives to the part of it that writes a message: values, and what turns each of them into text or bytes. */
interface Binding {
  readonly values?: readonly unknown[] | null;
  readonly valueMapper?: AnyFunction | null;
}

/** Ties the values that pg sends to the calls they were given to. */
export interface PgSending {
  readonly files: readonly WatchedFile[];
  /** Runs the function that makes the query of a call, and perhaps sends it. */
  during<T>(call: QueryCall | undefined, work: () => T): T;
  readonly tie: (query: PgQuery, call: QueryCall) => void;
  readonly isTied: (query: object) => boolean;
  /** Whether it is seen when a query of this client is sent. */
  readonly isWatching: (client: object) => boolean;
  /** For the `submit` of a query: the values that are sent meanwhile are its own. */
  readonly submit: Patch;
}

const CALL = Symbol('audit-register.query-call');

type TiedQuery = PgQuery & { [CALL]?: QueryCall };

/**
 * Sees the values of a query while pg turns them into text: only then is it known what was sent, and only so is code of
 * the application, such as a `toJSON`, not run a second time.
 *
 * A query is sent when its turn comes, which may be long after its call, or together with others.
 */
export function createPgSending(guard: Guard): PgSending {
  /** NOTE: a query that is sent while its call runs, and is of no call before, was made by this one. */
  let calling: QueryCall | undefined;
  let sending: QueryCall | undefined;
  let isWatching = false;
  /** Values that pg-native prepares one after the other, without a message to bind them to. */
  let native: SentValues | undefined;

  function during<T>(call: QueryCall | undefined, work: () => T): T {
    const outer = calling;
    calling = call;
    try {
      return work();
    } finally {
      calling = outer;
    }
  }

  /** NOTE: by assignment, which takes a tenth of the time; a query of the application's may not allow it. */
  function tie(query: TiedQuery, call: QueryCall): void {
    if (Object.isExtensible(query)) keepOn(query, CALL, call);
    call.takes(query);
  }

  function callOf(query: TiedQuery): QueryCall | undefined {
    if (query[CALL] === undefined && calling?.hasQuery === false) tie(query, calling);
    return query[CALL];
  }

  function submit(original: AnyFunction): AnyFunction {
    isWatching = true;
    return function watchedSubmit(...args) {
      const call = guard('a pg query that is sent', () => callOf(this as PgQuery));
      const outer = sending;
      sending = call;
      try {
        const problem = original.apply(this, args);
        if (!problem && call?.hasUnsentValues === false) call.wasSent();
        return problem;
      } catch (error) {
        // NOTE: nobody knows how far it came, but for its values.
        if (call?.hasUnsentValues === false) call.wasSent();
        throw error;
      } finally {
        sending = outer;
      }
    };
  }

  function submitNative(original: AnyFunction): AnyFunction {
    return submit(function watchedNativeSubmit(...args) {
      const outer = native;
      native = guard('a pg query that is sent', () => sending?.sends());
      try {
        const problem = original.apply(this, args);
        if (native !== undefined) native.isComplete = true;
        return problem;
      } finally {
        native = outer;
      }
    });
  }

  function bind(original: AnyFunction): AnyFunction {
    return function watchedBind(binding, ...rest) {
      const values = guard('the values of a pg query', () => sending?.sends());
      if (values === undefined) return original.call(this, binding, ...rest);
      const watched =
        sending?.isPassedOver === true
          ? binding
          : guard('the values of a pg query', () => watchBinding(binding as Binding, values));
      const result = original.call(this, watched ?? binding, ...rest);
      values.isComplete = true;
      return result;
    };
  }

  function watchBinding(binding: Binding, sent: SentValues): Binding {
    const { values, valueMapper } = binding;
    if (typeof valueMapper === 'function') return { ...binding, valueMapper: noting(valueMapper, sent) };
    // NOTE: without a mapper there is only what needs none: a cursor has prepared its values when it was made.
    for (const value of values ?? []) sent.add(value, value);
    return binding;
  }

  function noting(mapper: AnyFunction, sent: SentValues): AnyFunction {
    return function notingMapper(value, ...rest) {
      const mapped = mapper.call(this, value, ...rest);
      guard('a value of a pg query', () => sent.add(value, mapped));
      return mapped;
    };
  }

  /** NOTE: what the application's `toPostgres` prepares in turn is no value of the query. */
  function prepareValue(original: AnyFunction): AnyFunction {
    return function watchedPrepareValue(...args) {
      const values = native;
      if (values === undefined) return original.apply(this, args);
      native = undefined;
      try {
        const prepared = original.apply(this, args);
        guard('a value of a pg query', () => values.add(args[0], prepared));
        return prepared;
      } finally {
        native = values;
      }
    };
  }

  return {
    files: [
      watchMethods(/\/node_modules\/pg\/lib\/query\.js$/, { submit }),
      watchMethods(/\/node_modules\/pg\/lib\/native\/query\.js$/, { submit: submitNative }),
      watchMethods(/\/node_modules\/pg\/lib\/connection\.js$/, { bind }),
      watchFunctions(/\/node_modules\/pg\/lib\/utils\.js$/, { prepareValue }),
    ],
    during,
    tie,
    isTied: (query) => Object.hasOwn(query, CALL),
    // NOTE: pg-native sends the queries of a pipeline itself.
    isWatching: (client) =>
      isWatching && !(Object.hasOwn(client, 'native') && dataOf(client, 'pipeline') === true),
    submit,
  };
}

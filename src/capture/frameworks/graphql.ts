import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import type { Guard } from '../../guard.js';
import { currentScope } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { UNKNOWN_OPERATION, readOperation } from './graphql-document.js';
import type { GraphqlArguments, GraphqlOperation } from './graphql-document.js';
import { failureOf, refusalOf } from './graphql-result.js';
import type { FunctionFile } from './module-hook.js';
import { isPromise, watchCall } from './watched-call.js';

type Execute = (this: unknown, args: GraphqlArguments, ...rest: unknown[]) => unknown;
type Refusing = (this: unknown, ...args: unknown[]) => unknown;

/** An operation of the request that is being served. */
interface Running {
  readonly scope: RequestScope;
  readonly operation: GraphqlOperation;
}

/** NOTE: a gateway executes operations of its own within one; the client asked for the outer one. */
const running = new AsyncLocalStorage<Running | undefined>();

const CHANNEL = 'tracing:graphql';

/** Since version 17 GraphQL tells of itself by channels, which reach a bundled copy too; those files need no watching. */
const TELLS = /\bdiagnostics\b/;

/** What `graphql` 16 executes with, and the executor of GraphQL Yoga and the Guild's tools. */
export const GRAPHQL: readonly FunctionFile[] = [
  ...['execute', 'executeSync', 'subscribe'].map((name) => ({
    file: /\/node_modules\/(?:graphql\/execution\/(?:execute|subscribe)\.m?js|@graphql-tools\/executor\/(?:esm|cjs)\/execution\/execute\.js)$/,
    declares: name,
    unless: TELLS,
    watch: (original: Execute, guard: Guard) => watchExecute(original, guard, name === 'execute'),
  })),
  {
    file: /\/node_modules\/graphql\/language\/parser\.m?js$/,
    declares: 'parse',
    unless: TELLS,
    watch: watchParse,
  },
  {
    file: /\/node_modules\/graphql\/validation\/validate\.m?js$/,
    declares: 'validate',
    unless: TELLS,
    watch: watchValidate,
  },
];

/** @param hasEvents Whether the events of a subscription are executed by it, one by one. */
function watchExecute(original: Execute, guard: Guard, hasEvents: boolean): Execute {
  return function execute(args, ...rest) {
    const begun = guard('an operation of GraphQL', () => begin(args, guard, hasEvents));
    if (begun === undefined) return original.call(this, args, ...rest);
    return watchCall(
      () => running.run(begun, () => original.call(this, args, ...rest)),
      (result) => guard('an operation of GraphQL', () => end(begun, result)),
      (error) => guard('an operation of GraphQL', () => end(begun, { errors: [error] })),
    );
  };
}

function watchParse(original: Refusing, guard: Guard): Refusing {
  return function parse(...args) {
    return watchCall(
      () => original.apply(this, args),
      () => {},
      () => guard('a document of GraphQL', () => refuse(undefined, 'GRAPHQL_PARSE_FAILED')),
    );
  };
}

function watchValidate(original: Refusing, guard: Guard): Refusing {
  return function validate(...args) {
    const errors = original.apply(this, args);
    guard('a document of GraphQL', () => validated(args[1], errors));
    return errors;
  };
}

/** What GraphQL 17 publishes on its channels. */
interface Told extends GraphqlArguments {
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Listens to what GraphQL tells of itself, since its version 17. */
export function captureGraphql(guard: Guard): void {
  const begun = new WeakMap<object, Running>();
  const ended = (told: unknown): void => {
    guard('an operation of GraphQL', () => {
      const operation = begun.get(told as Told);
      const { result, error } = told as Told;
      if (operation === undefined || (result === undefined && error === undefined)) return;
      begun.delete(told as Told);
      end(operation, error === undefined ? result : { errors: [error] });
    });
  };
  for (const name of ['execute', 'subscribe']) {
    diagnostics.channel(`${CHANNEL}:${name}:start`).bindStore(running, (told) => {
      const outer = running.getStore();
      return (
        guard('an operation of GraphQL', () => {
          const operation = begin(told as Told, guard);
          if (operation !== undefined) begun.set(told as Told, operation);
          return operation;
        }) ?? outer
      );
    });
    for (const event of ['end', 'asyncEnd', 'error'])
      diagnostics.subscribe(`${CHANNEL}:${name}:${event}`, ended);
  }
  diagnostics.subscribe(`${CHANNEL}:parse:error`, () => {
    guard('a document of GraphQL', () => refuse(undefined, 'GRAPHQL_PARSE_FAILED'));
  });
  diagnostics.subscribe(`${CHANNEL}:validate:end`, (told) => {
    guard('a document of GraphQL', () => validated((told as Told).document, (told as Told).result));
  });
}

function begin(args: GraphqlArguments, guard: Guard, hasEvents = false): Running | undefined {
  const scope = openScope();
  if (scope === undefined) return undefined;
  // NOTE: what cannot be read was asked for all the same.
  const operation = guard('a document of GraphQL', () => readOperation(args)) ?? UNKNOWN_OPERATION;
  if (hasEvents && operation.type === 'subscription' && scope.operations !== undefined) return undefined;
  scope.asked.note(operation);
  return { scope, operation };
}

function end({ scope, operation }: Running, result: unknown): void {
  if (isPromise(result)) return;
  const { errors, failure } = failureOf(operation, result);
  scope.asked.countErrors(errors);
  if (failure !== undefined) scope.asked.fail(operation.type, failure);
}

function validated(document: unknown, errors: unknown): void {
  if (Array.isArray(errors) && errors.length > 0)
    refuse(document, 'GRAPHQL_VALIDATION_FAILED', errors.length);
}

/** NOTE: of a document that was refused nobody knows whether the server has what it names. */
function refuse(document: unknown, code: string, errors = 1): void {
  const scope = openScope();
  if (scope === undefined) return;
  const { type, attributes } = readOperation({ document });
  scope.asked.note({ type, names: [], attributes });
  scope.asked.countErrors(errors);
  scope.asked.fail('', refusalOf(code));
}

/** The request that asks for the operation; undefined for what is done within one, and by no request. */
function openScope(): RequestScope | undefined {
  const scope = currentScope();
  return scope === undefined || scope.isReported || running.getStore()?.scope === scope ? undefined : scope;
}

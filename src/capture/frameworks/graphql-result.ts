import { ownData } from '../../identity/data-property.js';
import type { ErrorFacts } from '../../pipeline/facts.js';
import type { FailedOperation } from '../../pipeline/operations.js';
import { isPlainArray } from '../../pipeline/values/plain-data.js';
import type { GraphqlOperation } from './graphql-document.js';

/** Codes by which servers say that somebody may not; GraphQL itself has none. */
const DENIALS: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'UNAUTHORIZED', 'FORBIDDEN']);

const MOST_ERRORS = 1_000;

export interface GraphqlResult {
  readonly errors: number;
  readonly failure: FailedOperation | undefined;
}

/**
 * What the answer says, which has the status 200 even where all of it failed. A mutation with any error has not done all that
 * it was asked for; a query has failed where a field at its root came to nothing by an error.
 */
export function failureOf({ type, answered }: GraphqlOperation, result: unknown): GraphqlResult {
  // NOTE: of an incremental delivery the first part; what comes later is not waited for.
  const answer = ownData(result, 'initialResult') ?? result;
  const errors = errorsOf(answer);
  const data = ownData(answer, 'data');
  const isFailed = errors.length > 0 && (type !== 'query' || hasEmptyField(data, errors));
  if (!isFailed) return { errors: errors.length, failure: undefined };
  const [first] = errors;
  const denial = errors.find((error) => DENIALS.has(codeOf(error)));
  return {
    errors: errors.length,
    failure: {
      outcome: denial === undefined ? 'failure' : 'denied',
      names: failedFields(answered, errors),
      error: readError(denial ?? first),
    },
  };
}

/** A document that was not executed at all. */
export function refusalOf(code: string): FailedOperation {
  return { outcome: 'failure', names: [], error: { type: code, message: '' } };
}

function errorsOf(answer: unknown): readonly unknown[] {
  const errors = ownData(answer, 'errors');
  return isPlainArray(errors) ? errors.slice(0, MOST_ERRORS) : [];
}

function hasEmptyField(data: unknown, errors: readonly unknown[]): boolean {
  if (data === undefined || data === null) return true;
  return errors.some((error) => {
    const [field] = pathOf(error) ?? [];
    return typeof field !== 'string' || ownData(data, field) === null;
  });
}

/** NOTE: an error of no field is one of all of them. */
function failedFields(answered: ReadonlyMap<string, string>, errors: readonly unknown[]): readonly string[] {
  const failed = errors.map((error) => answered.get(String(pathOf(error)?.[0])));
  const known = failed.filter((name) => name !== undefined);
  return [...new Set(known.length === failed.length ? known : answered.values())];
}

/** NOTE: only an error of a field has a message of the application; those of requests quote variables and documents. */
function readError(error: unknown): ErrorFacts {
  const message = ownData(error, 'message');
  return {
    type: codeOf(error) || 'GraphQLError',
    message: pathOf(error) !== undefined && typeof message === 'string' ? message : '',
  };
}

function codeOf(error: unknown): string {
  const code = ownData(ownData(error, 'extensions'), 'code');
  return typeof code === 'string' ? code : '';
}

function pathOf(error: unknown): readonly unknown[] | undefined {
  const path = ownData(error, 'path');
  return isPlainArray(path) ? path : undefined;
}

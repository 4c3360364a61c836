import type { EventEmitter } from 'node:events';
import type { Guard } from '../../guard.js';
import type { ErrorFacts } from '../../pipeline/facts.js';
import { dataOf, itemsOf, lengthOf } from '../../pipeline/values/plain-data.js';
import { plainValue } from '../../pipeline/values/value-text.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import { boundTo, callerHere, connectOutside } from '../pg/callers.js';
import { patchClass } from './patched-class.js';
import type { AnyFunction, Patch } from './patched-class.js';
import { answerOfStarted } from './span-answer.js';
import type { SpanAnswer } from './span-answer.js';

/** Errors by which MySQL and MariaDB say that this user must not. Source: their lists of server errors. */
const DENIED = new Set([1044, 1045, 1095, 1142, 1143, 1227, 1370, 1396, 1419, 1698]);

/** Values of one call that are kept. */
const VALUES = 1_024;

/**
 * mysql2 beneath its instrumentation. A waiting caller of the pool is served in the turn of whoever released the connection,
 * and callbacks come in the turn of its socket: both are brought back to the caller. And what the server said is noted, which
 * the span does not hold.
 */
export function mysql2Files(guard: Guard): readonly WatchedFile[] {
  const watch = (note: (answer: SpanAnswer, args: readonly unknown[], command: unknown) => void): Patch => {
    return (original) =>
      function watchedQuery(...args) {
        const answer = guard('a query of mysql2', () => answerOfStarted('mysql'));
        guard('a query of mysql2', () => bindCallback(args, answer, guard));
        const command = original.apply(this, args);
        if (answer !== undefined) guard('a query of mysql2', () => note(answer, args, command));
        return command;
      };
  };
  return [
    patchClass(/\/node_modules\/mysql2\/lib\/(?:base\/)?pool\.js$/, { getConnection: connectOutside }),
    patchClass(/\/node_modules\/mysql2\/lib\/(?:base\/)?connection\.js$/, {
      query: watch(noteText),
      execute: watch(noteParameters),
    }),
  ];
}

/** NOTE: by then mysql2 has written the values into the text; it is what the server gets. */
function noteText(answer: SpanAnswer, _: readonly unknown[], command: unknown): void {
  const text = dataOf(command, 'sql');
  if (typeof text === 'string') answer.text = text;
}

function noteParameters(answer: SpanAnswer, [query, second]: readonly unknown[]): void {
  const values = itemsOf(Array.isArray(second) ? second : dataOf(query, 'values'), VALUES);
  const text = typeof query === 'string' ? query : dataOf(query, 'sql');
  if (typeof text === 'string') answer.text = text;
  if (values !== undefined) answer.parameters = values.map(plainValue);
}

/** The callback is the last function that was given, or stands on the command that a pool has made. */
function bindCallback(args: unknown[], answer: SpanAnswer | undefined, guard: Guard): void {
  const at = args.findLastIndex((argument) => typeof argument === 'function');
  if (at !== -1) {
    args[at] = noting(args[at] as AnyFunction, answer, guard);
    return;
  }
  const command = args[0];
  const own = dataOf(command, 'onResult');
  if (typeof own !== 'function') return;
  (command as { onResult: AnyFunction }).onResult = noting(own as AnyFunction, answer, guard);
  if (answer !== undefined) noteEvents(command as EventEmitter, answer, guard);
}

/** NOTE: of a command that a pool has made the instrumentation ends the span at its first event. */
function noteEvents(command: EventEmitter, answer: SpanAnswer, guard: Guard): void {
  const emit = command.emit as AnyFunction;
  const watched: AnyFunction = function emitNoted(...args) {
    if (args[0] === 'result') guard('the answer of mysql2', () => noteWritten(answer, args[1]));
    return emit.apply(this, args);
  };
  Object.defineProperty(command, 'emit', { value: watched, configurable: true, writable: true });
}

function noting(callback: AnyFunction, answer: SpanAnswer | undefined, guard: Guard): AnyFunction {
  return boundTo(callerHere(), function notedCallback(this: unknown, ...args: unknown[]) {
    if (answer !== undefined) guard('the answer of mysql2', () => note(answer, args[0], args[1]));
    return callback.apply(this, args);
  });
}

function note(answer: SpanAnswer, error: unknown, result: unknown): void {
  if (error) {
    answer.error = readError(error);
    return;
  }
  noteWritten(answer, result);
  // NOTE: of several statements the lists stand in a list, which no count is.
  const isRows = Array.isArray(result) && !Array.isArray(dataOf(result, 0));
  if (isRows) answer.rowCount = lengthOf(result);
}

function noteWritten(answer: SpanAnswer, result: unknown): void {
  const written = dataOf(result, 'affectedRows');
  const insertedId = dataOf(result, 'insertId');
  if (typeof written === 'number') answer.rowCount = written;
  const isKey = (typeof insertedId === 'number' && insertedId > 0) || typeof insertedId === 'string';
  if (written === 1 && isKey) answer.insertedId = String(insertedId);
}

function readError(error: unknown): ErrorFacts {
  const number = dataOf(error, 'errno');
  const state = dataOf(error, 'sqlState');
  const code = dataOf(error, 'code');
  const message = dataOf(error, 'message');
  // NOTE: only the server gives a state; without one nobody knows whether it was carried out.
  const isAnswered = typeof state === 'string' && state !== '';
  const refusal = DENIED.has(Number(number)) ? 'denied' : 'failure';
  return {
    type: typeof code === 'string' ? code : 'error',
    message: typeof message === 'string' ? message.slice(0, 4_096) : '',
    ...(isAnswered ? { refusal } : {}),
  };
}

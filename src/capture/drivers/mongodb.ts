import { types } from 'node:util';
import type { Guard } from '../../guard.js';
import type { ErrorFacts } from '../../pipeline/facts.js';
import { dataOf, lengthOf } from '../../pipeline/values/plain-data.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import { commandJson } from './mongodb-command.js';
import { patchClass } from './patched-class.js';
import type { Patch } from './patched-class.js';
import { answerOfStarted } from './span-answer.js';
import type { SpanAnswer } from './span-answer.js';

/**
 * mongodb beneath its instrumentation: the command as it is sent, and the reply. A write that the server refused is no error
 * of the command, and its span says nothing of it.
 */
export function mongodbFiles(guard: Guard): readonly WatchedFile[] {
  const command: Patch = (original) =>
    function watchedCommand(...args) {
      const answer = guard('a command of mongodb', () => answerOfStarted('mongodb'));
      if (answer === undefined) return original.apply(this, args);
      guard('a command of mongodb', () => void (answer.text = commandJson(args[1])));
      const result = original.apply(this, args);
      if (types.isPromise(result)) {
        void result.then(
          (reply) => guard('the reply of mongodb', () => noteReply(answer, reply)),
          (error: unknown) =>
            guard('the reply of mongodb', () => void (answer.error = readError(error, 'message'))),
        );
      }
      return result;
    };
  return [patchClass(/\/node_modules\/mongodb\/lib\/cmap\/connection\.js$/, { command }, 'Connection')];
}

function noteReply(answer: SpanAnswer, reply: unknown): void {
  const written = dataOf(reply, 'n');
  const [refused] = listOf(reply, 'writeErrors');
  if (refused !== undefined) {
    const error = readError(refused, 'errmsg');
    const { refusal: _, ...unclear } = error;
    // NOTE: some of the documents were written before, so it is neither a success nor a failure.
    answer.error = written === 0 ? error : unclear;
    return;
  }
  answer.hasSucceeded = listOf(reply, 'writeConcernError').length === 0;
  if (typeof written === 'number') answer.rowCount = written;
  const batch = dataOf(dataOf(reply, 'cursor'), 'firstBatch') ?? dataOf(dataOf(reply, 'cursor'), 'nextBatch');
  if (Array.isArray(batch)) answer.rowCount = lengthOf(batch);
}

function readError(error: unknown, name: string): ErrorFacts {
  const code = dataOf(error, 'code');
  const message = dataOf(error, name);
  const isAnswered = typeof code === 'number';
  return {
    type: isAnswered ? String(code) : String(dataOf(error, 'name') ?? 'error'),
    message: typeof message === 'string' ? message.slice(0, 4_096) : '',
    // NOTE: 13 is Unauthorized, 18 AuthenticationFailed; 50 and 11600 and above end commands that may have been at work.
    ...(isAnswered && code !== 50 && !(code >= 11_600 && code <= 11_602)
      ? { refusal: code === 13 || code === 18 ? ('denied' as const) : ('failure' as const) }
      : {}),
  };
}

function listOf(reply: unknown, name: string): readonly unknown[] {
  const value = dataOf(reply, name);
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

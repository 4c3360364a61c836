import { types } from 'node:util';
import type { Guard } from '../../guard.js';
import type { ErrorFacts } from '../../pipeline/facts.js';
import { dataOf, lengthOf } from '../../pipeline/values/plain-data.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import { commandJson } from './mongodb-command.js';
import { batchSizeOf, firstIn, numberIn, textIn } from './mongodb-reply.js';
import { patchClass } from './patched-class.js';
import type { Patch } from './patched-class.js';
import { answerOfStarted } from './span-answer.js';
import type { SpanAnswer } from './span-answer.js';

/** Unauthorized, AuthenticationFailed. */
const DENIED = new Set([13, 18]);
/** MaxTimeMSExpired, and what ends commands that may have been at work. Source: MongoDB's error codes. */
const MAY_HAVE_WORKED = new Set([50, 64, 91, 189, 11_600, 11_601, 11_602]);

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
  const written = numberIn(reply, 'n');
  const refused = firstIn(reply, 'writeErrors');
  if (refused !== undefined) {
    const error = readError(refused, 'errmsg');
    const { refusal: _, ...unclear } = error;
    // NOTE: some of the documents were written before, so it is neither a success nor a failure.
    answer.error = written === 0 ? error : unclear;
    return;
  }
  // NOTE: written, but nobody says to how many members of the replica set.
  answer.hasSucceeded = true;
  const batch = dataOf(dataOf(reply, 'cursor'), 'firstBatch') ?? dataOf(dataOf(reply, 'cursor'), 'nextBatch');
  const read = Array.isArray(batch) ? lengthOf(batch) : batchSizeOf(reply);
  const count = written ?? read;
  if (count !== undefined) answer.rowCount = count;
}

function readError(error: unknown, name: string): ErrorFacts {
  const code = numberIn(error, 'code');
  const message = textIn(error, name);
  const refusal =
    code === undefined || MAY_HAVE_WORKED.has(code) ? undefined : DENIED.has(code) ? 'denied' : 'failure';
  return {
    type: code === undefined ? textIn(error, 'name') || 'error' : String(code),
    message: message.slice(0, 4_096),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

import type { Guard } from '../../guard.js';
import { keepOn } from '../keep-on.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import { bindToCaller, connectOutside } from '../pg/callers.js';
import { placeHere } from './call-place.js';
import type { CallPlace } from './call-place.js';
import { patchClass } from './patched-class.js';
import type { Patch } from './patched-class.js';
import { answerOfStarted } from './span-answer.js';

const PLACE = Symbol('audit-register.call-place');
const SENT = Symbol('audit-register.sent');

type Command = object & { [PLACE]?: CallPlace; [SENT]?: true };

/** A task of node-redis' pool is done in the turn of whoever gives a client back: it belongs to who made it. */
export function redisFiles(): readonly WatchedFile[] {
  const execute: Patch = (original) =>
    function boundExecute(task, ...rest) {
      return original.call(this, bindToCaller(task), ...rest);
    };
  return [
    patchClass(
      /\/node_modules\/@redis\/client\/dist\/lib\/client\/pool\.js$/,
      { execute },
      'RedisClientPool',
    ),
    patchClass(
      /\/node_modules\/@redis\/client\/dist\/lib\/client\/index\.js$/,
      { connect: connectOutside },
      'default',
    ),
  ];
}

/**
 * ioredis beneath its instrumentation. The commands of a pipeline are sent when it is executed, which for one that ioredis has
 * made by itself is in the turn of another request; and what waits for a connection is sent a second time.
 */
export function ioredisFiles(guard: Guard): readonly WatchedFile[] {
  const queue: Patch = (original) =>
    function notedCommand(command, ...rest) {
      guard('a pipeline of ioredis', () => keepOn(command as Command, PLACE, placeHere()));
      return original.call(this, command, ...rest);
    };
  const send: Patch = (original) =>
    function sentCommand(given, ...rest) {
      guard('a command of ioredis', () => {
        const command = given as Command;
        const answer = answerOfStarted('redis');
        if (answer !== undefined && command[PLACE] !== undefined) answer.place = command[PLACE];
        if (answer !== undefined && command[SENT] === true) answer.isRepeated = true;
        keepOn(command, SENT, true);
      });
      return original.call(this, given, ...rest);
    };
  return [
    patchClass(/\/node_modules\/ioredis\/built\/Pipeline\.js$/, { sendCommand: queue }, 'default'),
    patchClass(
      /\/node_modules\/ioredis\/built\/Redis\.js$/,
      { sendCommand: send, connect: connectOutside },
      'default',
    ),
  ];
}

import { EventEmitter } from 'node:events';
import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { beforeEach, expect, test } from 'vitest';
import { currentWork, runAsWork, runOutsideScopes } from '../../src/capture/request-scope.ts';
import { PlaceContextManager } from '../../src/capture/spans/place-context-manager.ts';
import type { Work } from '../../src/pipeline/facts.ts';

const KEY = createContextKey('test');
const one = ROOT_CONTEXT.setValue(KEY, 1);
const two = ROOT_CONTEXT.setValue(KEY, 2);
const WORK = {} as Work;

let manager: PlaceContextManager;
beforeEach(() => {
  manager = new PlaceContextManager().enable();
});

const here = (): unknown => manager.active().getValue(KEY);

test('outside of everything the root is current', () => {
  expect(manager.active()).toBe(ROOT_CONTEXT);
});

test('what is done with a context finds it, also later, and gives back what it returns', async () => {
  const later = manager.with(one, async () => {
    await Promise.resolve();
    return manager.with(two, here);
  });
  expect(here()).toBeUndefined();
  expect(await later).toBe(2);
});

test('arguments and the receiver are handed on', () => {
  const receiver = { name: 'r' };
  const run = function run(this: typeof receiver, ...args: number[]): unknown {
    return [this.name, ...args, here()];
  };
  expect(manager.with(one, run, receiver, 3, 4)).toEqual(['r', 3, 4, 1]);
});

test('what throws throws, and leaves nothing behind', () => {
  expect(() =>
    manager.with(one, () => {
      throw new Error('own');
    }),
  ).toThrow('own');
  expect(here()).toBeUndefined();
});

test('a function and an emitter that are bound are run where they were bound to', () => {
  const emitter = manager.bind(one, new EventEmitter());
  const seen: unknown[] = [];
  emitter.once('event', () => seen.push(here()));
  manager.with(two, () => {
    emitter.emit('event');
    seen.push(manager.bind(one, here)(), here());
  });
  expect(seen).toEqual([1, 1, 2]);
});

test('what is attached is current until it is disposed of', () => {
  manager.with(one, () => {
    const token = manager.attach(two);
    expect(here()).toBe(2);
    token.dispose();
    token.dispose();
    expect(here()).toBe(1);
  });
});

test('neither work that is declared takes the context away, nor a context the work', () => {
  const seen = runAsWork(WORK, () => manager.with(one, () => [currentWork(), here()]));
  expect(seen).toEqual([WORK, 1]);
  expect(manager.with(one, () => runAsWork(WORK, here))).toBe(1);
});

test('what is done outside of requests is outside of contexts, too', () => {
  expect(manager.with(one, () => runOutsideScopes(here))).toBeUndefined();
});

test('switched off it still keeps what requests need', () => {
  const seen = runAsWork(WORK, () =>
    manager.with(one, () => {
      manager.disable();
      return [currentWork(), here()];
    }),
  );
  expect(seen).toEqual([WORK, 1]);
});

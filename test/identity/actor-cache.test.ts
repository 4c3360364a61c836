import { describe, expect, it } from 'vitest';
import { ActorCache } from '../../src/identity/actor-cache.ts';
import { ANONYMOUS } from '../../src/record/actor.ts';

describe('ActorCache', () => {
  it('forgets the oldest when it is full', () => {
    const cache = new ActorCache(2, 1000);
    for (const token of ['a', 'b', 'c']) cache.set(token, ANONYMOUS, 10);
    expect(cache.size).toBe(2);
    expect(cache.get('a', 0)).toBeUndefined();
    expect(cache.get('c', 0)).toBe(ANONYMOUS);
  });

  it('is bounded by characters too', () => {
    const cache = new ActorCache(1000, 100);
    for (let index = 0; index < 50; index++) cache.set(String(index).padStart(30), ANONYMOUS, 10);
    expect(cache.size).toBe(3);
  });

  it('counts a token that is set again once', () => {
    const cache = new ActorCache(10, 10);
    for (let index = 0; index < 50; index++) cache.set('token', ANONYMOUS, 10);
    cache.set('other', ANONYMOUS, 10);
    expect(cache.size).toBe(2);
  });

  it('does not take a token for another one that ends like it', () => {
    const cache = new ActorCache(10, 1000);
    const end = 'x'.repeat(100);
    cache.set(`good${end}`, ANONYMOUS, 10);
    expect(cache.get(`evil${end}`, 0)).toBeUndefined();
    expect(cache.get(`good${end}`, 0)).toBe(ANONYMOUS);
    cache.set(`evil${end}`, ANONYMOUS, 10);
    expect(cache.get(`good${end}`, 0)).toBeUndefined();
    expect(cache.size).toBe(1);
  });

  it('gives nothing once its time is over, and gives the room back', () => {
    const cache = new ActorCache(10, 1000);
    cache.set('a', ANONYMOUS, 10);
    expect(cache.get('a', 9)).toBe(ANONYMOUS);
    expect(cache.get('a', 10)).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});

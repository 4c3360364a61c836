import { describe, expect, it, vi } from 'vitest';
import { createIdentityResolver } from '../../src/identity/resolve.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import type { Draft } from '../../src/pipeline/blank-record.ts';
import type { RequestStart } from '../../src/pipeline/facts.ts';
import { PendingActors } from '../../src/pipeline/pending-actors.ts';
import { identity } from '../identity/tokens.ts';

vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);

const identify = createIdentityResolver(identity([]));
const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });

interface Carrier {
  user?: { readonly id: string };
}

/** A request whose framework may name its user at any time. */
function openRequest(): { request: RequestStart; carrier: Carrier } {
  const carrier: Carrier = {};
  const found = identify({ headers: {} });
  found.addCarrier(carrier);
  return { request: { identity: found } as unknown as RequestStart, carrier };
}

function draftWith(values: Partial<Draft> = {}): Draft {
  return { ...blank(), ...values };
}

describe('records that wait for their actor', () => {
  it('are told in their order, each once, as soon as a later one finds it', () => {
    const pending = new PendingActors();
    const { request, carrier } = openRequest();
    const told: string[] = [];
    for (const name of ['a', 'b'])
      pending.whenNamed(request, ({ id }) => told.push(`${name} ${id}`), draftWith());
    expect(told).toEqual([]);
    carrier.user = { id: 'ada' };
    pending.whenNamed(request, ({ id }) => told.push(`c ${id}`), draftWith());
    pending.settle();
    expect(told).toEqual(['a ada', 'b ada', 'c ada']);
  });

  it('of 10,000 hanging requests are all kept, and of one more the longest waiting is told', () => {
    const pending = new PendingActors();
    const told: number[] = [];
    for (let index = 0; index <= 10_000; index++)
      pending.whenNamed(openRequest().request, () => told.push(index), draftWith());
    expect(told).toEqual([0]);
    pending.settle();
    expect(told).toEqual(Array.from({ length: 10_001 }, (_, index) => index));
  });

  it('hold at most 32 million characters', () => {
    const pending = new PendingActors();
    const told: number[] = [];
    const text = 'x'.repeat(1_048_576);
    for (let index = 0; index < 40; index++)
      pending.whenNamed(openRequest().request, () => told.push(index), draftWith({ new_values: { text } }));
    expect(told).toEqual(Array.from({ length: 9 }, (_, index) => index));
    pending.settle();
  });

  it('wait two seconds and no longer', () => {
    vi.useFakeTimers();
    try {
      const pending = new PendingActors();
      const told = vi.fn();
      pending.whenNamed(openRequest().request, told, draftWith());
      vi.advanceTimersByTime(1_999);
      expect(told).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(told).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  it('are told once though telling brings another', () => {
    const pending = new PendingActors();
    const { request } = openRequest();
    const told: string[] = [];
    pending.whenNamed(request, () => {
      told.push('outer');
      pending.whenNamed(request, () => told.push('inner'));
    });
    pending.settle();
    expect(told).toEqual(['outer']);
    pending.settle();
    expect(told).toEqual(['outer', 'inner']);
  });
});

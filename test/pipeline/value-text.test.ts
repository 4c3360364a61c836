import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SentValues } from '../../src/capture/pg/sent-values.ts';
import { keyTexts, plainValue, sentValue, valueText } from '../../src/pipeline/values/value-text.ts';

const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils.js') as {
  prepareValue: (value: unknown) => unknown;
};

const anyText = fc.string({ unit: 'binary', maxLength: 20 });
const anyItem = fc.oneof(anyText, fc.constantFrom('NULL', '{', '}', ',', '"', '\\', ''), fc.constant(null));

describe('a value', () => {
  it('of many lists in lists is read no further than it is kept', () => {
    const large = Array.from({ length: 256 }, () => Array.from({ length: 255 }, () => ['text']));
    const behind = [...large.slice(0, -1), [() => 'what cannot be described']];
    expect(valueText(large)).toHaveLength(16_384);
    expect(valueText(behind)).toBe(valueText(large));
  });

  it('is described without a throw, whatever it is', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(valueText(value).isWellFormed()).toBe(true);
        expect(keyTexts(value).every((key) => key.isWellFormed())).toBe(true);
      }),
    );
  });

  it('is the same before it is sent as after, where its code has no part in it', () => {
    const plain = fc.oneof(anyItem, fc.double(), fc.bigInt(), fc.boolean(), fc.uint8Array());
    fc.assert(
      fc.property(
        fc.oneof(
          plain,
          fc.array(anyItem),
          fc.date({ min: new Date(0), max: new Date('9999-12-31T00:00Z'), noInvalidDate: true }),
        ),
        (value) => {
          expect(valueText(value)).toBe(valueText(sentValue(value, prepareValue(value))));
        },
      ),
    );
  });

  it('that is an array names the keys that pg puts into it', () => {
    const nested = fc.array(fc.oneof(anyItem, fc.array(anyItem)));
    fc.assert(
      fc.property(nested, (items) => {
        const keys = items.flat().filter((item) => item !== null);
        expect(keyTexts(sentValue(items, prepareValue(items)))).toEqual(
          keys.map((key) => key.toWellFormed()),
        );
      }),
    );
  });

  it('does not keep what it was cut from', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = (): number => (collect(), process.memoryUsage().heapUsed);
    const before = heap();
    const values = Array.from({ length: 20 }, (_, index) => {
      const sent = new SentValues();
      const text = String(index).padEnd(10_000_000, 'x');
      sent.add(text, text);
      return sent;
    });
    expect(heap() - before).toBeLessThan(10_000_000);
    expect(values.map(({ kept }) => (kept[0] as string).length)).toEqual(Array<number>(20).fill(16_384));
  });

  it('of memory that was given away cannot be told', () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(valueText(bytes)).toBe('[unserialised]');
    expect(valueText(new DataView(new ArrayBuffer(2)))).toBe('\\x0000');
  });
});

describe('values of one call', () => {
  it('are kept up to a number of characters', () => {
    const sent = new SentValues();
    for (let index = 0; index < 100; index++) sent.add('x'.repeat(2_000), 'x'.repeat(2_000));
    expect([sent.kept.length, sent.count]).toEqual([33, 100]);
  });

  it('are completed from where sending them stopped', () => {
    const sent = new SentValues();
    sent.add(1, '1');
    sent.complete([1, { toPostgres: () => expect.unreachable() }, [2, null], new Date(Number.NaN)]);
    expect(sent.kept.map(valueText)).toEqual(['1', '[unserialised]', '{"2",NULL}', 'Invalid Date']);
    expect(sent.count).toBe(4);
    expect(plainValue(undefined)).toBe(null);
  });
});

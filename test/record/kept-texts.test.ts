import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/record/redaction/redact.ts';
import { RowBinaryWriter } from '../../src/record/row-binary-writer.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = (): number => (collect(), process.memoryUsage().heapUsed);

/** More than are remembered of any kind, and each at the end of a text of its own. */
const TEXTS = 1_000;
const AROUND = 15_000;
const cutFromMore = (text: string, index: number): string =>
  Buffer.from(`${'x'.repeat(AROUND)} ${text}${1_000 + index}`)
    .toString()
    .slice(AROUND + 1);

/** Memory that is kept once many such texts were used. */
function keptBytes(text: string, use: (text: string) => void): number {
  const before = heap();
  for (let index = 0; index < TEXTS; index++) use(cutFromMore(text, index));
  return heap() - before;
}

describe('what is remembered does not keep what it was cut from', () => {
  it('where nothing secret is in it', () => {
    const redactor = createRedactor([]);
    expect(keptBytes('a harmless text ', (text) => redactor.text(text))).toBeLessThan(2_000_000);
    expect(keptBytes('a_harmless_name_', (text) => redactor.name(text))).toBeLessThan(2_000_000);
  });

  it('where it is the name of a value', () => {
    const redactor = createRedactor([]);
    expect(keptBytes('a_name_of_a_value_', (name) => redactor.isSecretKey(name))).toBeLessThan(2_000_000);
  });

  it('where it is a route', () => {
    const redactor = createRedactor([]);
    const use = (route: string): void => void redactor.path('/orders', route);
    expect(keptBytes('/orders/of/:customer/', use)).toBeLessThan(2_000_000);
  });

  it('where it is an address', () => {
    const writer = new RowBinaryWriter();
    const use = (address: string): void => {
      writer.address(address);
      writer.forgetRow();
    };
    expect(keptBytes('2001:db8:1:2:3:4:5:', use)).toBeLessThan(2_000_000);
  });
});

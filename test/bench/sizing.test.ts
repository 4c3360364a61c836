import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizingPage } from '../../bench/sizing/page.ts';
import type { Measured } from '../../bench/sizing/page.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('the page about sizes says what follows from the measurement beside it', () => {
  const measured = JSON.parse(read('bench/raw/sizing.json')) as Measured;
  expect(read('docs/sizing.md')).toBe(sizingPage(measured));
});

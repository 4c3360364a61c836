/* npm run sizing: measures what a row costs, and writes what follows from it to docs/sizing.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../report/machine.ts';
import { measureCosts } from './measure.ts';
import { sizingPage } from './page.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROWS = 200_000;

const [, , given] = process.argv;
const costs = await measureCosts(given === undefined ? ROWS : Number(given), (text) => console.log(text));
const measured = { machine: describeMachine('one machine for sender and server'), costs };
mkdirSync(join(ROOT, 'bench/raw'), { recursive: true });
writeFileSync(join(ROOT, 'bench/raw/sizing.json'), `${JSON.stringify(measured, undefined, 2)}\n`);
writeFileSync(join(ROOT, 'docs/sizing.md'), sizingPage(measured));

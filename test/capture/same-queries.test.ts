import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { runInBothModes } from './both-modes.ts';
import { plain, withNumbers } from './plain-records.ts';
import { get } from './steps.ts';

const require = createRequire(import.meta.url);
/** NOTE: not those of lost connections, which kill the server under whatever comes next. */
const CASES = ['query', 'value', 'stream', 'transaction', 'meaning'].flatMap((kind) =>
  Object.keys(require(`../drivers/fixtures/${kind}-cases.cjs`) as object),
);
/** How often these are sent, and with which number, is a matter of luck. */
const LOOKS_AT_CONNECTIONS = /pg_stat_activity|pg_(?:terminate|cancel)_backend/;

const runOf = runInBothModes(
  `${import.meta.dirname}/../drivers/fixtures/cases-app.cjs`,
  Object.fromEntries(CASES.map((name) => [name, get(`/${name}`)])),
);

function of(mode: string, name: string): { readonly records: readonly unknown[] } {
  const { seen, records } = runOf(mode);
  const own = records.filter(
    ({ url_path, db_statement }) => url_path === `/${name}` && !LOOKS_AT_CONNECTIONS.test(db_statement),
  );
  return withNumbers({ seen: seen.get(name), records: plain(own) }) as { records: readonly unknown[] };
}

test.each(CASES)('%s: the same is seen and recorded', (name) => {
  expect(of('lean', name)).toEqual(of('instrumentation', name));
});

test('nearly all of them are recorded', () => {
  const unrecorded = CASES.filter((name) => of('lean', name).records.length < 2);
  expect(unrecorded.length).toBeLessThan(CASES.length / 10);
});

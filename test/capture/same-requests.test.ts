import { expect, test } from 'vitest';
import { MODES, runInBothModes } from './both-modes.ts';
import { plain, withNumbers } from './plain-records.ts';
import { REQUESTS } from './steps.ts';

const runOf = runInBothModes(`${import.meta.dirname}/fixtures/varied-app.cjs`, REQUESTS);

function of(mode: string, name: string): { readonly records: readonly unknown[] } {
  const { seen, records } = runOf(mode);
  const own = records.filter(({ correlation_id }) => correlation_id === name);
  return withNumbers({ seen: seen.get(name), records: plain(own) }) as { records: readonly unknown[] };
}

test.each(Object.keys(REQUESTS).filter((name) => name !== 'malformed'))(
  '%s: the same is seen and recorded',
  (name) => {
    expect(of('lean', name).records.length).toBeGreaterThan(0);
    expect(of('lean', name)).toEqual(of('instrumentation', name));
  },
);

test('what has no request of its own is the same, too', () => {
  const [lean, instrumented] = MODES.map((mode) =>
    plain(
      runOf(mode).records.filter(
        ({ correlation_id, url_path }) =>
          REQUESTS[correlation_id] === undefined && url_path !== '/http2-port',
      ),
    ).map((record) => withNumbers(record)),
  );
  expect(lean?.length).toBeGreaterThan(1);
  expect(lean).toEqual(instrumented);
});

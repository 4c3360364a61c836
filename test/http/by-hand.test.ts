import { expect, test } from 'vitest';
import { startApp } from './audited-app.ts';

/** NOTE: instrumentation-http throws an error of its own there, with us and without. */
const LEAN = { env: { AUDIT_REGISTER_CAPTURE: 'lean' } };

test.for(['request', 'checkContinue', 'checkExpectation'])(
  'a handler that is given nothing by a `%s` of the application throws its own error',
  async (event) => {
    const { port } = await startApp('http/by-hand.cjs', LEAN);
    const response = await fetch(`http://127.0.0.1:${port}/${event}`);
    expect(await response.text()).toBe('of the application');
  },
);

import { expect, test } from 'vitest';
import { startApp } from './audited-app.ts';

test.for(['request', 'checkContinue', 'checkExpectation'])(
  'a handler that is given nothing by a `%s` of the application throws its own error',
  async (event) => {
    const { port } = await startApp('http/by-hand.cjs');
    const response = await fetch(`http://127.0.0.1:${port}/${event}`);
    expect(await response.text()).toBe('of the application');
  },
);

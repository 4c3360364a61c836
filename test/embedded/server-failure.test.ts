import { expect, test } from 'vitest';
import { explainServerEnd } from '../../src/embedded/server-failure.ts';

const END = { exitCode: null, signal: null, said: '', dataDirectory: '/data', httpPort: 8123, tcpPort: 9000 };

test.each([
  [8123, '--port'],
  [9000, '--tcp-port'],
])('a port %i that was taken since it was looked at is told by its flag', (port, flag) => {
  const said = `\nReceived exception:\nCode: 210. DB::Exception: Listen [127.0.0.1]:${port} failed: Poco::Exception.`;
  expect(explainServerEnd({ ...END, said })).toMatchObject({
    code: 'ERR_AUDIT_ENGINE_PORT',
    message: expect.stringContaining(
      `Port ${port} on 127.0.0.1 is in use by another program. Choose another with ${flag}`,
    ),
  });
});

test('an end that nobody has foreseen is told with all that is known of it', () => {
  const error = explainServerEnd({ ...END, signal: 'SIGABRT', said: 'terminate called\n' });
  expect(error.code).toBe('ERR_AUDIT_ENGINE_START');
  expect(error.message).toContain('its process ended with signal SIGABRT: terminate called');
});

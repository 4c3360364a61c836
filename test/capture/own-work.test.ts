import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { traceOutgoing } from '../../src/capture/calls/outgoing-span.ts';
import { startLeanSdk } from '../../src/capture/spans/lean-sdk.ts';
import { createGuard } from '../../src/guard.ts';
import { createLog } from '../../src/log.ts';
import { runAsOwnWork } from '../../src/own-work.ts';

test('what we send for ourselves carries no trace, though it began before OpenTelemetry was there', async () => {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (): Promise<ClientRequest> => {
    const outgoing = request({ port, host: '127.0.0.1', agent: false }).end();
    const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    return outgoing;
  };

  let isLean = false;
  traceOutgoing(() => isLean, createGuard(createLog('error')));
  const ours = runAsOwnWork(async () => {
    await ask();
    return ask();
  });
  isLean = true;
  startLeanSdk({} as never);
  expect((await ours).getHeader('traceparent')).toBeUndefined();
  expect((await ask()).getHeader('traceparent')).toMatch(/^00-/);
  server.close();
});

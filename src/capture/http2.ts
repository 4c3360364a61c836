import diagnostics from 'node:diagnostics_channel';
import { constants } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Context, Tracer } from '@opentelemetry/api';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Guard } from './guard.js';
import { sizeOf } from './http.js';
import type { ScopeFactory } from './http.js';
import { reportRequest } from './reporter.js';
import { enterScope } from './request-scope.js';
import type { Ending, RawRequest } from './request-scope.js';
import { endServerSpan, startServerSpan } from './server-span.js';

interface StreamStarted {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

/** Makes a context current for the rest of the turn; what OpenTelemetry's API has no call for. */
export type EnterContext = (context: Context) => void;

/** HTTP/2 requests, which instrumentation-http does not see: a scope and a span of our own. */
export function captureHttp2(
  createScope: ScopeFactory,
  tracer: Tracer,
  enterContext: EnterContext,
  pipeline: Pipeline,
  guard: Guard,
): void {
  diagnostics.subscribe('http2.server.stream.start', (message) => {
    guard('the start of an HTTP/2 request', () => {
      const { stream, headers } = message as StreamStarted;
      const scope = createScope(rawRequestOf(stream, headers));
      enterScope(scope);
      const { span, context } = startServerSpan(tracer, scope);
      enterContext(context);
      stream.once('close', () => {
        guard('the end of an HTTP/2 request', () => {
          scope.ending = endingOf(stream, headers);
          endServerSpan(span, scope);
          reportRequest(pipeline, scope, undefined);
        });
      });
    });
  });
}

function rawRequestOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): RawRequest {
  const socket = stream.session?.socket;
  return {
    method: headers[':method'] ?? '',
    url: headers[':path'] ?? '',
    headers,
    protocol: '2',
    remoteAddress: socket?.remoteAddress,
    remotePort: socket?.remotePort,
  };
}

function endingOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Ending {
  const sent = stream.sentHeaders as { ':status'?: number; 'content-length'?: unknown } | undefined;
  const isAnswered = stream.rstCode === constants.NGHTTP2_NO_ERROR && sent?.[':status'] !== undefined;
  return {
    status: sent?.[':status'] ?? 0,
    ending: isAnswered ? 'answered' : 'aborted',
    requestSize: sizeOf(headers['content-length']),
    responseSize: sizeOf(sent?.['content-length']),
    ...(isAnswered
      ? {}
      : { error: { type: 'aborted', message: `the stream was reset (code ${stream.rstCode})` } }),
  };
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { context } from '@opentelemetry/api';
import { isTracingSuppressed } from '../spans/suppression.js';
import type { Guard } from '../../guard.js';
import { isOwnWork } from '../../own-work.js';
import type { CallTarget, ErrorFacts } from '../../pipeline/facts.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { dataOf } from '../../pipeline/values/plain-data.js';
import { keepOn } from '../keep-on.js';
import { patchClass } from '../drivers/patched-class.js';
import type { Patch } from '../drivers/patched-class.js';
import type { WatchedFile } from '../frameworks/module-hook.js';
import { OpenCall } from './open-call.js';
import { outgoingSpanOf } from './outgoing-span.js';

const CALL = Symbol('audit-register.call');

type Request = object & { [CALL]?: OpenCall };

interface Message {
  readonly request: Request;
  readonly response?: { readonly statusCode?: number };
  readonly error?: unknown;
}

/**
 * Requests to others, as Node.js and undici tell of them on their diagnostics channels, whoever owns OpenTelemetry. What is
 * read is the request before it is sent and the head of the response; nothing is added to either.
 */
export function captureCalls(pipeline: Pipeline, guard: Guard): void {
  const on = (channel: string, notice: (message: Message) => void): void =>
    subscribe(channel, (message) => guard('a request to another', () => notice(message as Message)));
  const begin = (read: (request: object) => CallTarget | undefined) => {
    return ({ request }: Message): void => {
      if (isOwnWork() || isTracingSuppressed(context.active())) return;
      const target = read(request);
      if (target !== undefined)
        keepOn(request, CALL, new OpenCall(pipeline, target, outgoingSpanOf(request)));
    };
  };
  const answered = ({ request, response }: Message): void => {
    const status = response?.statusCode ?? 0;
    // NOTE: undici tells of what comes before the answer, too: 102, 103. Nothing comes behind 101.
    if (status < 102 || status > 199) request[CALL]?.end(status);
  };
  const failed = ({ request, error }: Message): void => request[CALL]?.end(0, readError(error));
  on('http.client.request.created', begin(readNodeRequest));
  on('http.client.response.finish', answered);
  on('http.client.request.error', failed);
  on('undici:request:create', begin(readUndiciRequest));
  on('undici:request:headers', answered);
  on('undici:request:error', failed);
}

function readNodeRequest(request: object): CallTarget {
  const port = dataOf(dataOf(request, 'agent'), 'defaultPort');
  // NOTE: some of these are getters of Node.js, and the port stands nowhere but in the header that is made of it.
  const own = request as ClientRequest;
  return {
    client: 'node:http',
    method: own.method,
    scheme: own.protocol.replace(/:$/, ''),
    host: own.host,
    port: portOf(own.getHeader('host'), own.host) ?? (typeof port === 'number' ? port : 0),
    url: own.path,
  };
}

function portOf(header: unknown, host: string): number | undefined {
  if (typeof header !== 'string' || !header.startsWith(host.includes(':') ? `[${host}]` : host))
    return undefined;
  const port = /:(\d{1,5})$/.exec(header.slice(host.length))?.[1];
  return port === undefined ? undefined : Number(port);
}

function readUndiciRequest(request: object): CallTarget | undefined {
  const origin = dataOf(request, 'origin');
  const text = typeof origin === 'string' ? origin : origin instanceof URL ? origin.origin : '';
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  return {
    client: 'undici',
    method: textOf(request, 'method'),
    scheme: protocol.replace(/:$/, ''),
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    url: textOf(request, 'path'),
  };
}

function textOf(value: unknown, name: string): string {
  const text = dataOf(value, name);
  return typeof text === 'string' ? text : '';
}

function readError(error: unknown): ErrorFacts {
  const code = dataOf(error, 'code');
  return {
    type: typeof code === 'string' ? code : textOf(error, 'name') || 'error',
    message: textOf(error, 'message').slice(0, 4_096),
  };
}

interface Maker {
  readonly options: unknown;
  readonly run: <T>(work: () => T) => T;
}

/**
 * undici's dispatchers: a request that waits for a connection of its pool is sent in the turn of another, which not all of its
 * versions bring back to its maker.
 */
export function undiciFiles(): readonly WatchedFile[] {
  const makers = new WeakMap<object, Maker>();
  const dispatch: Patch = (original) =>
    function boundDispatch(options, handler, ...rest) {
      if (typeof handler !== 'object' || handler === null)
        return original.call(this, options, handler, ...rest);
      const maker = makers.get(handler);
      // NOTE: an application may use one handler for many requests, which are no part of the first.
      if (maker !== undefined && maker.options === options)
        return maker.run(() => original.call(this, options, handler, ...rest));
      makers.set(handler, { options, run: AsyncLocalStorage.snapshot() });
      return original.call(this, options, handler, ...rest);
    };
  return [patchClass(/\/node_modules\/undici\/lib\/(?:dispatcher\/)?dispatcher-base\.js$/, { dispatch })];
}

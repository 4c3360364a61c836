import type { ServerResponse } from 'node:http';

/** What Node keeps of the headers that were given to `writeHead` or made by itself. */
type Sent = ServerResponse & { readonly _header?: unknown; readonly _contentLength?: unknown };

export function contentTypeOf(response: ServerResponse): string {
  return String(response.getHeader('content-type') ?? sentHeader(response, /^content-type: *(.*)$/im));
}

export function contentEncodingOf(response: ServerResponse): string {
  return String(
    response.getHeader('content-encoding') ?? sentHeader(response, /^content-encoding: *(.*)$/im),
  );
}

export function locationOf(response: ServerResponse): string {
  return String(response.getHeader('location') ?? sentHeader(response, /^location: *(.*)$/im));
}

/** As declared; 0 when it was not. */
export function contentLengthOf(response: ServerResponse): number {
  const known = response.getHeader('content-length') ?? (response as Sent)._contentLength;
  return sizeOf(known ?? sentHeader(response, /^content-length: *(\d+)/im));
}

export function isEventStream(response: ServerResponse): boolean {
  return response.headersSent && contentTypeOf(response).startsWith('text/event-stream');
}

/** NOTE: an application may set anything. */
export function headerText(headers: Readonly<Record<string, unknown>> | undefined, name: string): string {
  return String(headers?.[name] ?? '');
}

export function sizeOf(header: unknown): number {
  const size = Number(header);
  return Number.isSafeInteger(size) && size > 0 ? size : 0;
}

function sentHeader(response: ServerResponse, line: RegExp): string {
  const { _header: text } = response as Sent;
  return typeof text === 'string' ? (line.exec(text)?.[1] ?? '') : '';
}

import { validateHeaderValue } from 'node:http';
import type { ClientRequest } from 'node:http';

const END_OF_LINE = '\r\n';
const END_OF_HEAD = `${END_OF_LINE}${END_OF_LINE}`;

/** What of Node's own request is looked at. */
interface Written {
  _header?: unknown;
  readonly _headerSent?: boolean;
  /** What leaves when there is a connection. */
  readonly outputData?: readonly { data?: unknown }[];
  outputSize?: number;
}

/** Adds a header to a request that has just been created: nothing of it has left. */
export function addHeader(request: ClientRequest, name: string, value: string): void {
  if (request.headersSent) addToWritten(request as Written, name, value);
  else request.setHeader(name, value);
}

/**
 * NOTE: Node.js writes the whole head at once where the headers are given as a list, and hands it on at once where the client
 * waits for `100 Continue`.
 */
function addToWritten(request: Written, name: string, value: string): void {
  validateHeaderValue(name, value);
  const { _header: head, _headerSent: isHandedOn, outputData } = request;
  if (typeof head !== 'string' || !head.endsWith(END_OF_HEAD)) return;
  const line = `${name}: ${value}${END_OF_LINE}`;
  const longer = head.slice(0, -END_OF_LINE.length) + line + END_OF_LINE;
  if (isHandedOn === true) {
    const first = outputData?.[0];
    if (first?.data !== head) return;
    first.data = longer;
    request.outputSize = (request.outputSize ?? 0) + line.length;
  }
  request._header = longer;
}

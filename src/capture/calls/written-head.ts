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

/** Sets a header of a request that has just been created: nothing of it has left. */
export function setHeader(request: ClientRequest, name: string, value: string): void {
  if (request.headersSent) setInWritten(request as Written, name, value);
  else request.setHeader(name, value);
}

/**
 * NOTE: Node.js writes the whole head at once where the headers are given as a list, and hands it on at once where the client
 * waits for `100 Continue`.
 */
function setInWritten(request: Written, name: string, value: string): void {
  validateHeaderValue(name, value);
  const { _header: head, _headerSent: isHandedOn, outputData } = request;
  if (typeof head !== 'string' || !head.endsWith(END_OF_HEAD)) return;
  const changed = withHeader(head, name, value);
  if (isHandedOn === true) {
    const first = outputData?.[0];
    if (first?.data !== head) return;
    first.data = changed;
    request.outputSize = (request.outputSize ?? 0) + changed.length - head.length;
  }
  request._header = changed;
}

/** NOTE: a proxy hands on what it was given, and a trace that is told twice is none. */
function withHeader(head: string, name: string, value: string): string {
  const [first = '', ...lines] = head.slice(0, -END_OF_HEAD.length).split(END_OF_LINE);
  const others = lines.filter((line) => line.slice(0, line.indexOf(':')).toLowerCase() !== name);
  return [first, ...others, `${name}: ${value}`].join(END_OF_LINE) + END_OF_HEAD;
}

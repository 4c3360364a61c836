import { Buffer } from 'node:buffer';
import http from 'node:http';
import type {
  Agent,
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
} from 'node:http';
import { finished } from 'node:stream/promises';
import { timeoutSignal } from '../../timers.js';

export interface OtlpRequest {
  readonly url: string;
  readonly agent: Agent;
  readonly headers: OutgoingHttpHeaders;
  readonly body: readonly Buffer[];
}

export interface OtlpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Above any message of a receiver. */
const MOST_ANSWER_BYTES = 64 * 1024;
/** Connections of the pool that the receiver may have closed meanwhile. */
const MOST_STALE_CONNECTIONS = 8;

/** The time for an exchange has run out. */
export class DeadlineError extends Error {
  constructor(timeoutMillis: number, options?: ErrorOptions) {
    super(`no whole answer within ${timeoutMillis / 1_000} s`, options);
    this.name = 'DeadlineError';
  }
}

/**
 * Posts once and reads the answer to its end.
 *
 * @param timeoutMillis For all of it: an answer that comes drop by drop never falls silent.
 * @throws DeadlineError, and what the connection throws
 */
export async function post(request: OtlpRequest, timeoutMillis: number): Promise<OtlpAnswer> {
  const deadline = timeoutSignal(timeoutMillis);
  try {
    for (let stale = 0; stale < MOST_STALE_CONNECTIONS; stale += 1) {
      const answer = await exchange(request, deadline);
      if (answer !== undefined) return answer;
    }
    throw new Error('connections are closed as soon as they are used');
  } catch (error) {
    throw deadline.aborted ? new DeadlineError(timeoutMillis, { cause: error }) : error;
  }
}

/** @returns undefined where a connection of the pool was closed meanwhile, and another one may do. */
async function exchange(request: OtlpRequest, deadline: AbortSignal): Promise<OtlpAnswer | undefined> {
  const sent = send(request, deadline);
  try {
    const answer = await answerTo(sent).catch((error: unknown) => {
      if (!isStale(sent, error)) throw error;
    });
    if (answer === undefined) return undefined;
    const body = await readAll(answer, deadline);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body };
  } finally {
    // NOTE: an answer may come before all of the request is written, and the rest would wait for ever.
    if (!sent.writableFinished) sent.destroy();
  }
}

function send({ url, agent, headers, body }: OtlpRequest, signal: AbortSignal): ClientRequest {
  const { request } = url.startsWith('https:') ? process.getBuiltinModule('node:https') : http;
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  const sent = request(url, {
    method: 'POST',
    agent,
    signal,
    headers: { ...headers, 'content-length': length },
  });
  // NOTE: it may fail once more after its answer.
  sent.on('error', () => {});
  for (const piece of body) sent.write(piece);
  sent.end();
  return sent;
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
    // NOTE: without a listener, what wants another protocol would be an error without a word.
    sent.once('upgrade', (_, socket) => {
      socket.destroy();
      reject(new Error('what answers wants another protocol'));
    });
  });
}

async function readAll(answer: IncomingMessage, deadline: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  answer.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length > MOST_ANSWER_BYTES)
      answer.destroy(new Error('the answer is longer than any of an OTLP receiver'));
    else pieces.push(piece);
  });
  try {
    await finished(answer, { signal: deadline });
  } catch (error) {
    answer.destroy();
    throw error;
  }
  return Buffer.concat(pieces);
}

/** Whether it was the receiver's good right to close the connection before it saw the request. */
function isStale(sent: ClientRequest, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return sent.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

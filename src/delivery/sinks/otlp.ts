import { Buffer } from 'node:buffer';
import type { Agent, OutgoingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { OtlpConfig } from '../../config/config.js';
import type { Certificate } from '../../integrity/certificate.js';
import type { Log } from '../../log.js';
import type { Segment } from '../segment.js';
import { PROTOBUF, explainFailure, judge } from './otlp-answers.js';
import type { Judgement } from './otlp-answers.js';
import { bodyOf } from './otlp-body.js';
import { post } from './otlp-exchange.js';
import { certificateRecord, logRecordsOf } from './otlp-records.js';
import type { OtlpLogRecord } from './otlp-records.js';
import type { Sink, SinkResult } from './sink.js';
import { createWeakAgent } from './weak-agent.js';

type Serializer = typeof ProtobufLogsSerializer;

/** Stands for a secret that a receiver repeats. */
const MASK = '••••••';
/** Parts of a header that are shorter say nothing to anybody. */
const SECRET_CHARACTERS = 4;

/** One segment is one request, the same bytes whenever it is sent: so a store behind the receiver can know it again. */
export function createOtlpSink(config: OtlpConfig, log: Log): Sink {
  return new OtlpSink(config, log, loadSerializer());
}

/** NOTE: it is not small, and no other sink needs it. */
function loadSerializer(): Serializer {
  const require = createRequire(__filename);
  const { ProtobufLogsSerializer } = require('@opentelemetry/otlp-transformer') as {
    ProtobufLogsSerializer: Serializer;
  };
  return ProtobufLogsSerializer;
}

class OtlpSink implements Sink {
  readonly name: string;
  readonly mendOfRefusal =
    'it refuses what has no records, too: AUDIT_REGISTER_OTLP_ENDPOINT names no receiver of OTLP logs, or one that refuses all of them';
  readonly #config: OtlpConfig;
  readonly #log: Log;
  readonly #serializer: Serializer;
  readonly #agent: Agent;
  readonly #headers: OutgoingHttpHeaders;
  readonly #secrets: readonly string[];
  #isWarningSaid = false;

  constructor(config: OtlpConfig, log: Log, serializer: Serializer) {
    this.name = `the OTLP receiver at ${config.url}`;
    this.#config = config;
    this.#log = log;
    this.#serializer = serializer;
    this.#agent = createWeakAgent(config.url);
    this.#headers = {
      'user-agent': 'audit-register',
      ...config.headers,
      accept: PROTOBUF,
      'content-type': PROTOBUF,
      ...(config.compression === 'gzip' && { 'content-encoding': 'gzip' }),
    };
    this.#secrets = secretsOf(config.headers);
  }

  send(segment: Segment): Promise<SinkResult> {
    return this.#send(() => logRecordsOf(segment));
  }

  certify(certificate: Certificate): Promise<SinkResult> {
    return this.#send(() => [[certificateRecord(certificate)]]);
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  async #send(records: () => Iterable<readonly OtlpLogRecord[]>): Promise<SinkResult> {
    const result = await this.#exchange(records).catch((error: unknown) =>
      explainFailure(error, this.#config.url),
    );
    if (result.status !== 'accepted') return { ...result, reason: this.#masked(result.reason) };
    if (result.warning !== undefined) this.#warnOnce(result.warning);
    return { status: 'accepted' };
  }

  async #exchange(records: () => Iterable<readonly OtlpLogRecord[]>): Promise<Judgement> {
    const { url, timeoutMillis, compression } = this.#config;
    const body = await bodyOf(this.#encoded(records()), compression);
    const answer = await post({ url, agent: this.#agent, headers: this.#headers, body }, timeoutMillis);
    return judge(answer, this.#serializer.deserializeResponse);
  }

  /** NOTE: requests that are put behind each other are one request, for its fields are repeated ones. */
  *#encoded(pieces: Iterable<readonly OtlpLogRecord[]>): Generator<Uint8Array> {
    for (const piece of pieces) yield this.#serializer.serializeRequest([...piece]) ?? new Uint8Array();
  }

  #warnOnce(warning: string): void {
    if (this.#isWarningSaid) return;
    this.#isWarningSaid = true;
    this.#log.warn(`${this.name} has taken all records and says: ${this.#masked(warning)}`);
  }

  /** A receiver may repeat what it was sent. */
  #masked(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  }
}

/** The values, what stands behind a scheme in them, and the password of Basic. */
function secretsOf(headers: OtlpConfig['headers']): readonly string[] {
  const parts = Object.values(headers).flatMap((value): string[] => {
    const [scheme = '', ...rest] = value.split(' ');
    return [value, ...rest, /^basic$/i.test(scheme) ? passwordOf(rest.join(' ')) : ''];
  });
  return parts.filter((part) => part.length >= SECRET_CHARACTERS).sort((a, b) => b.length - a.length);
}

function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

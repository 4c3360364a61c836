import type { IncomingHttpHeaders } from 'node:http';
import { createContextKey, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { coreLibrary } from './core-library.js';
import type { LeanSpan } from './lean-span.js';
import { sentContext } from './sent-context.js';
import { SUPPRESSED } from './suppression.js';

/** The key by which OpenTelemetry itself asks; it is the same in every copy of its API. */
const SPAN = createContextKey('OpenTelemetry Context Key SPAN');

/** OpenTelemetry's context of a request: its server span, and what came with it, made when it is asked for. */
export class LeanServerContext implements Context {
  readonly #span: LeanSpan;
  readonly #headers: IncomingHttpHeaders;
  #whole: Context | undefined;

  constructor(span: LeanSpan, headers: IncomingHttpHeaders) {
    this.#span = span;
    this.#headers = headers;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN) return this.#span;
    return key === SUPPRESSED ? undefined : this.#all().getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#all().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#all().deleteValue(key);
  }

  #all(): Context {
    return (this.#whole ??= this.#make());
  }

  /** NOTE: a router that is instrumented writes its route into the metadata. */
  #make(): Context {
    const span = this.#span;
    const { RPCType, setRPCMetadata } = coreLibrary();
    const context = trace.setSpan(sentContext(this.#headers), span);
    return setRPCMetadata(context, { type: RPCType.HTTP, span });
  }
}

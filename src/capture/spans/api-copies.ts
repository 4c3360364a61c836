import { trace } from '@opentelemetry/api';
import type { TracerProvider } from '@opentelemetry/api';
import type { WatchedFile } from '../frameworks/module-hook.js';

/** What a copy of OpenTelemetry's API gives out until it is told of a provider. */
interface Waiting extends TracerProvider {
  setDelegate(provider: TracerProvider): void;
}

interface TraceApi {
  getInstance(): { readonly _proxyTracerProvider?: Waiting };
}

/**
 * The copies of OpenTelemetry's API in this process: ours, the application's, one for ES modules. They meet on the global object,
 * but a tracer that one of them gave out before there was a provider only ever asks its own.
 */
export class ApiCopies {
  readonly #found: TraceApi[] = [];

  readonly file: WatchedFile = {
    file: /\/node_modules\/@opentelemetry\/api\/(?:build\/\w+|dist)\/api\/trace\.[cm]?js$/,
    expression: 'TraceAPI',
    watch: (api: TraceApi) => {
      this.#found.push(api);
      return api;
    },
  };

  /** Tells tracers that were asked for before of the provider that all see by now. */
  tellProvider(): void {
    const provider = trace.getTracerProvider();
    for (const api of this.#found.splice(0)) {
      const { _proxyTracerProvider: waiting } = api.getInstance();
      if (waiting !== provider) waiting?.setDelegate(provider);
    }
  }
}

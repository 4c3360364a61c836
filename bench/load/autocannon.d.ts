/** What the benchmark uses of autocannon, which brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  namespace autocannon {
    /** What the requests of one connection tell each other; empty at the start of each cycle. */
    type Context = Record<string, unknown>;

    interface Request {
      readonly method: string;
      readonly path: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly setupRequest?: (request: Request, context: Context) => Request;
      readonly onResponse?: (status: number, body: string, context: Context) => void;
    }

    interface Options {
      readonly url: string;
      readonly connections: number;
      /** Requests altogether. */
      readonly amount: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly requests: readonly Request[];
      /** Milliseconds between two looks at whether the load is done. */
      readonly sampleInt: number;
    }

    interface Result {
      readonly errors: number;
      readonly timeouts: number;
      readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
    }
  }

  function autocannon(
    options: autocannon.Options,
    done: (error: Error | null, result: autocannon.Result) => void,
  ): EventEmitter;

  export default autocannon;
}

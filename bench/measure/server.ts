import { join } from 'node:path';
import { cleanEnvironment } from '../stage/environment.ts';
import { startPeer } from '../stage/peer.ts';
import type { Stage } from '../stage/stage.ts';
import type { Variant } from '../variants/variants.ts';

const CONTROL = join(import.meta.dirname, '../variants/control.cjs');

export interface Usage {
  /** User and system time of the whole process so far. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

/** How late timers of the event loop were, their own millisecond included. */
export interface LoopDelay {
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly maxMillis: number;
}

/** An application under one of the variants. */
export interface MeasuredServer {
  readonly url: string;
  usage(): Promise<Usage>;
  watchDelay(): Promise<unknown>;
  /** Since `watchDelay`. */
  delay(): Promise<LoopDelay>;
  /** Waits until all it has recorded has left it. */
  flush(): Promise<unknown>;
  /** Ends it as applications end. Resolves with what it complained about. */
  end(): Promise<readonly string[]>;
}

export interface ServerOptions {
  readonly stage: Stage;
  readonly variant: Variant;
  /** Path of the application. */
  readonly app: string;
  /** Marks its spans and records. */
  readonly instance: string;
}

export async function startServer({ stage, variant, app, instance }: ServerOptions): Promise<MeasuredServer> {
  const preloads = [...(variant.preload === undefined ? [] : [variant.preload]), CONTROL];
  const peer = startPeer({
    name: `${app.split('/').at(-1)} under ${variant.title}`,
    args: [...preloads.flatMap((path) => ['--require', path]), app],
    env: environmentOf(stage, variant, instance),
    cores: stage.cores.server,
  });
  const { port } = await peer.next<{ port: number }>();
  return {
    url: `http://127.0.0.1:${port}`,
    usage: () => peer.ask<Usage>('usage'),
    watchDelay: () => peer.ask('watchDelay'),
    delay: () => peer.ask<LoopDelay>('delay'),
    flush: () => peer.ask('flush'),
    end: () => peer.end(),
  };
}

export function environmentOf(stage: Stage, variant: Variant, instance: string): NodeJS.ProcessEnv {
  const { register, sink, issuer, database, directory, signingKey } = stage;
  return cleanEnvironment({
    NODE_ENV: 'production',
    XDG_STATE_HOME: directory,
    PORT: '0',
    DATABASE_URL: database.url,
    ISSUER_URL: issuer.url,
    ISSUER_SECRET: issuer.secret,
    // The job of the shop runs once, when it starts.
    EXPIRE_INTERVAL_SECONDS: '86400',
    OTEL_SERVICE_NAME: 'bench',
    OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    ...variant.env?.({
      clickhouseUrl: register.url,
      otlpUrl: sink.url,
      issuerUrl: issuer.url,
      signingKey,
      instance,
    }),
  });
}

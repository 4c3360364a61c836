import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../examples/demo/ports.ts';
import { startWatched } from '../../examples/demo/watched-process.ts';
import type { WatchedProcess } from '../../examples/demo/watched-process.ts';
import { ROOT } from '../compose/compose-file.ts';

const EXAMPLE = join(ROOT, 'examples/django');
const PROGRAMS = join(EXAMPLE, '.venv/bin');
const START_MILLIS = 60_000;

export interface DjangoOptions {
  readonly databaseUrl: string;
  readonly issuerUrl: string;
  readonly collectorUrl: string;
}

export interface Django {
  readonly url: string;
  readonly process: WatchedProcess;
}

/** examples/django, as its README says how. */
export async function startDjango(options: DjangoOptions): Promise<Django> {
  requireEnvironment();
  const env = environmentOf(options, 'orders');
  const manage = (...args: string[]): Promise<unknown> =>
    promisify(execFile)(join(PROGRAMS, 'python'), ['manage.py', ...args], {
      cwd: EXAMPLE,
      env: { ...env, OTEL_SDK_DISABLED: 'true', DJANGO_SUPERUSER_PASSWORD: 'hunter2-of-bob' },
    });
  await manage('migrate');
  await manage('createsuperuser', '--noinput', '--username', 'bob', '--email', 'bob@shop.test');
  const port = await freePort();
  const watched = startWatched({
    name: 'Django',
    command: join(PROGRAMS, 'opentelemetry-instrument'),
    args: [join(PROGRAMS, 'waitress-serve'), `--listen=127.0.0.1:${port}`, 'service.wsgi:application'],
    cwd: EXAMPLE,
    env,
  });
  await watched.line(/Serving on/, START_MILLIS);
  return { url: `http://127.0.0.1:${port}`, process: watched };
}

/** Statements of a Python program that is no web service. */
export async function runStatements(options: DjangoOptions, statements: readonly string[]): Promise<void> {
  const program = join(import.meta.dirname, 'fixtures/statements.py');
  const done = promisify(execFile)(
    join(PROGRAMS, 'opentelemetry-instrument'),
    [join(PROGRAMS, 'python'), program],
    {
      env: environmentOf(options, 'script'),
    },
  );
  done.child.stdin?.end(statements.join('\n'));
  await done;
}

function environmentOf(
  { databaseUrl, issuerUrl, collectorUrl }: DjangoOptions,
  service: string,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PYTHONDONTWRITEBYTECODE: '1',
    DJANGO_SETTINGS_MODULE: 'service.settings',
    DATABASE_URL: databaseUrl,
    ISSUER_URL: issuerUrl,
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_SEMCONV_STABILITY_OPT_IN: 'http,database',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  };
}

function requireEnvironment(): void {
  if (!existsSync(join(PROGRAMS, 'opentelemetry-instrument')))
    throw new Error(`${PROGRAMS} is missing: npm run build:django (needs Python with venv)`);
}

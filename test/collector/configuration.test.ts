import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT, readCompose } from '../compose/compose-file.ts';

interface Configuration {
  readonly extensions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly receivers: Readonly<Record<string, unknown>>;
  readonly processors: Readonly<Record<string, unknown>>;
  readonly exporters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<
      Record<string, Readonly<Record<'receivers' | 'processors' | 'exporters', readonly string[]>>>
    >;
  };
}
type Builder = Readonly<
  Record<'receivers' | 'processors' | 'exporters' | 'extensions', readonly { readonly gomod: string }[]>
>;

const read = <T>(name: string): T => parse(readText(name), { merge: true }) as T;
const readText = (name: string): string => readFileSync(join(ROOT, 'collector', name), 'utf8');

const config = read<Configuration>('config.yaml');
const gateway = read<Pick<Configuration, 'receivers' | 'extensions'>>('gateway.yaml');
const pipelines = Object.entries(config.service.pipelines);

describe('the configuration of the collector', () => {
  test.each(['clickhouse', 'clickhouse/spans'])(
    '%s loses nothing that was taken: a queue on disk, synced, refused when full, tried without end',
    (name) => {
      expect(Object.keys(config.exporters)).toContain(name);
      const { sending_queue, retry_on_failure, async_insert, create_schema } = config.exporters[name] ?? {};
      expect(sending_queue).toMatchObject({
        enabled: true,
        storage: 'file_storage',
        block_on_overflow: false,
      });
      expect(retry_on_failure).toMatchObject({ enabled: true, max_elapsed_time: '0s' });
      expect([async_insert, create_schema]).toEqual([false, false]);
      expect(config.extensions['file_storage']).toMatchObject({ fsync: true, recreate: false });
    },
  );

  test('gathers spans, which the view behind their table knows one by one, and never logs', () => {
    expect(config.exporters['clickhouse']?.['sending_queue']).not.toHaveProperty('batch');
    for (const [name, { exporters }] of pipelines)
      expect(exporters, name).toEqual([name.startsWith('traces') ? 'clickhouse/spans' : 'clickhouse']);
  });

  test('refuses before its memory is gone, first in each pipeline, and has nothing that answers before it has stored', () => {
    expect(pipelines.length).toBeGreaterThan(0);
    for (const [name, { processors }] of pipelines) {
      expect(processors[0], name).toBe('memory_limiter');
      expect(processors.filter((processor) => processor.startsWith('batch'))).toEqual([]);
    }
  });

  test('does not redact what a digest is over', () => {
    const ours = config.service.pipelines['logs/audit'];
    expect(ours?.processors.filter((processor) => processor.startsWith('redaction'))).toEqual([]);
  });

  test('listens on loopback alone, unless told otherwise or as a gateway, which wants TLS and a token', () => {
    const endpoints = [
      ...readText('config.yaml').matchAll(/(?:endpoint|host): \$\{env:\w+:-(?:http:\/\/)?([^}]*)\}/g),
    ];
    expect(endpoints.length).toBeGreaterThan(4);
    for (const [, address] of endpoints) expect(address).toMatch(/^127\.0\.0\.1(:\d+)?$/);
    const { protocols } = gateway.receivers['otlp'] as { protocols: Record<string, Record<string, unknown>> };
    for (const protocol of ['http', 'grpc'])
      expect(protocols[protocol], protocol).toMatchObject({
        tls: expect.anything(),
        auth: { authenticator: 'bearertokenauth' },
      });
  });

  test('has no secret in it, and no default for one', () => {
    for (const name of ['config.yaml', 'gateway.yaml'])
      for (const [, variable, value] of readText(name).matchAll(/\$\{env:(\w*PASSWORD\w*)(:-[^}]*)?\}/g))
        expect(value, variable).toBeUndefined();
  });
});

describe('the distribution', () => {
  const builder = read<Builder>('builder-config.yaml');
  const kinds = ['receivers', 'processors', 'exporters', 'extensions'] as const;

  test.each(kinds)('has the %s that the configuration names, and no other', (kind) => {
    const named = [config, gateway].flatMap((of: Partial<Configuration>) => Object.keys(of[kind] ?? {}));
    const types = new Set(named.map((name) => (name.split('/')[0] as string).replaceAll('_', '')));
    const built = builder[kind].map(({ gomod }) => /\/(\w+) v[\d.]+$/.exec(gomod)?.[1] ?? gomod);
    const suffix = new RegExp(`(${kind.slice(0, -1)})$`);
    expect(new Set(built.map((name) => name.replace(suffix, '')))).toEqual(types);
  });

  test('is built by the same builder in the image as in the tests', () => {
    const version = /builder@v[\d.]+/;
    expect(version.exec(readText('Dockerfile'))?.[0]).toBe(
      version.exec(readText('builder-config.yaml'))?.[0],
    );
  });

  test('is copied into the image from where the builder leaves it, with files that are there and sent', () => {
    const sent = readText('Dockerfile.dockerignore').split('\n');
    const copied = [...readText('Dockerfile').matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, files]) =>
      (files as string).split(' '),
    );
    expect(copied.length).toBeGreaterThan(0);
    for (const file of copied) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(sent).toContain(`!${file}`);
    }
  });

  test('is given names by docker-compose.yml that the configuration reads', () => {
    const known = new Set([...readText('config.yaml').matchAll(/\$\{env:(\w+)/g)].map(([, name]) => name));
    const given = Object.keys(readCompose().services['collector']?.environment ?? {});
    expect(given.length).toBeGreaterThan(0);
    for (const name of given) expect(known, name).toContain(name);
  });
});

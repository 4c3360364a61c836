import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadInstrumentations } from '../../src/capture/drivers/instrumentations.ts';
import type { Log } from '../../src/log.ts';

const log: Log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const CLASS =
  'exports.XInstrumentation = class { setTracerProvider(provider) { globalThis.given = provider; } };';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-instrumentations-'));
  await install('@opentelemetry/instrumentation-mysql2', CLASS);
  await install('@opentelemetry/instrumentation-redis', "throw new Error('broken');");
  await install('@opentelemetry/instrumentation-express', CLASS);
  await install('@opentelemetry/instrumentation-knex', 'exports.nothing = 1;');
  await mkdir(join(directory, 'src/deep'), { recursive: true });
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function install(name: string, source: string): Promise<void> {
  const file = join(directory, 'node_modules', name, 'index.js');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, source);
}

function load(...wanted: string[]): readonly string[] {
  const provider = trace.getTracerProvider();
  return [...loadInstrumentations(wanted, provider, log, [join(directory, 'src/deep')])];
}

test('auto loads those of databases from the folders above the application, and says which one is broken', () => {
  expect(load('auto')).toEqual(['@opentelemetry/instrumentation-mysql2']);
  expect(log.warn).toHaveBeenCalledExactlyOnceWith(
    '@opentelemetry/instrumentation-redis cannot be loaded, so its database is not recorded: broken',
  );
});

test('none loads none', () => {
  expect(load('none')).toEqual([]);
});

test('a list loads what it names, whatever it is of', () => {
  expect(load('express', '@opentelemetry/instrumentation-mysql2')).toHaveLength(2);
});

test.each([
  [
    ['nothing'],
    /names @opentelemetry\/instrumentation-nothing, which is not installed in .*deep: install it there/,
  ],
  [
    ['redis'],
    /names @opentelemetry\/instrumentation-redis, which is no instrumentation that can be loaded: broken/,
  ],
  [['knex'], /names @opentelemetry\/instrumentation-knex, .*: it exports no class of that kind/],
  [['auto', 'mysql2'], /must be auto, none, or a list of names without these two/],
])('%j is refused with a word on how to mend it', (wanted, message) => {
  expect(() => load(...wanted)).toThrow(message);
  expect(() => load(...wanted)).toThrow(/AUDIT_REGISTER_INSTRUMENTATIONS/);
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { PREFIX, SETTINGS } from '../../src/config/settings.ts';
import type { Setting } from '../../src/config/settings.ts';
import { COMPOSE_TEXT, ROOT, VARIABLE, mountsOf, readCompose, readEnvExample } from './compose-file.ts';

const compose = readCompose();
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  test('is what the schema of the Compose specification asks for', () => {
    const validate = composeValidator();
    expect(validate(compose) ? [] : validate.errors).toEqual([]);
  });

  test('would be refused by the schema for a key that is misspelt', () => {
    const validate = composeValidator();
    expect(validate({ services: { clickhouse: { image: 'x', enviroment: {} } } })).toBe(false);
  });

  test('pins every image to a version', () => {
    const foreign = services.filter(([, { build }]) => build === undefined);
    expect(foreign.map(([name]) => name).toSorted()).toEqual(['clickhouse', 'grafana', 'postgres']);
    for (const [, { image }] of foreign) expect(image).toMatch(/:\d+\.\d+(\.\d+)*$/);
  });

  test('mounts only what is there, and what is ours read-only', () => {
    const mounts = mountsOf(compose).filter(({ isFile }) => isFile);
    expect(mounts.length).toBeGreaterThan(0);
    for (const { source, options } of mounts) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(options).toBe('ro');
    }
  });

  test('declares each volume and network that a service uses, and no other', () => {
    const volumes = mountsOf(compose).filter(({ isFile }) => !isFile);
    expect(Object.keys(compose.volumes).toSorted()).toEqual(volumes.map(({ source }) => source).toSorted());
    const networks = new Set(services.flatMap(([, { networks }]) => networks));
    expect(Object.keys(compose.networks).toSorted()).toEqual([...networks].toSorted());
  });

  test('keeps the data of PostgreSQL 18 where its image has its volume', () => {
    const mount = mountsOf(compose).find(({ service }) => service === 'postgres');
    expect(mount?.target).toBe('/var/lib/postgresql');
  });

  test('waits only for services that tell when they are ready', () => {
    for (const [, { depends_on: needs = {} }] of services) {
      for (const [name, { condition }] of Object.entries(needs)) {
        const needed = compose.services[name];
        expect(needed, name).toBeDefined();
        if (condition === 'service_healthy') expect(needed?.healthcheck, name).toBeDefined();
      }
    }
  });

  test('reaches other services only over a network that both are on', () => {
    for (const [name, { environment, networks }] of services) {
      const hosts = Object.values(environment).flatMap((value) =>
        [...value.matchAll(/(?:\/\/|@)([a-z]+):\d+/g)].map(([, host]) => host as string),
      );
      for (const host of hosts.filter((host) => host !== name)) {
        const other = compose.services[host];
        expect(other, host).toBeDefined();
        expect(
          other?.networks.some((network) => networks.includes(network)),
          `${name} → ${host}`,
        ).toBe(true);
      }
    }
  });

  test('opens ports on loopback alone', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(new Set(ports).size).toBe(ports.length);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });
});

describe('the secrets', () => {
  const variables = [...COMPOSE_TEXT.matchAll(VARIABLE)].map(([, name, operator, message]) => ({
    name: name as string,
    operator,
    message,
  }));

  test('have no default: a missing one stops the start and says what to do', () => {
    expect(variables.length).toBeGreaterThan(0);
    for (const { operator, message } of variables) {
      expect(operator).toBe(':?');
      expect(message).toContain('.env');
    }
  });

  test('are all in .env.example, empty, and nothing else is', () => {
    const example = readEnvExample();
    expect([...example.keys()].toSorted()).toEqual(
      [...new Set(variables.map(({ name }) => name))].toSorted(),
    );
    expect([...example.values()].every((value) => value === '')).toBe(true);
  });

  test('are never written out', () => {
    const secrets = services.flatMap(([, { environment }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|SECRET/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(0);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/);
  });
});

describe('the application', () => {
  test('is given names that are settings, and values that they take', () => {
    const given = services.flatMap(([, { environment }]) =>
      Object.entries(environment).filter(([name]) => name.startsWith(PREFIX)),
    );
    expect(given.length).toBeGreaterThan(0);
    for (const [name, value] of given) {
      const setting = (SETTINGS as readonly Setting[]).find(({ variable }) => PREFIX + variable === name);
      expect(setting, name).toBeDefined();
      if (setting?.choices !== undefined) expect(setting.choices).toContain(value);
    }
  });

  test('runs under the preload, as the user that may only insert', () => {
    const shop = compose.services['shop'];
    expect(shop?.command).toEqual(['node', '--require', 'audit-register', 'app.js']);
    expect(shop?.environment[`${PREFIX}CLICKHOUSE_USER`]).toBe('audit_writer');
    expect(shop?.environment[`${PREFIX}MIGRATE`]).toBe('off');
  });

  test('runs files that the shop has', () => {
    const files = services.flatMap(([, { command = [] }]) => command.filter((word) => word.endsWith('.js')));
    expect(files.toSorted()).toEqual(['app.js', 'database.js', 'issuer.js']);
    for (const file of files) expect(existsSync(join(ROOT, 'examples/shop', file)), file).toBe(true);
  });

  test('is built from what is there, and the build is sent what it copies', () => {
    const { context, dockerfile } = compose.services['shop']?.build ?? { context: '', dockerfile: '' };
    const text = readFileSync(join(ROOT, context, dockerfile), 'utf8');
    const sent = readFileSync(join(ROOT, context, `${dockerfile}.dockerignore`), 'utf8').split('\n');
    const copied = [...text.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, sources]) =>
      (sources as string).split(' '),
    );
    expect(copied.length).toBeGreaterThan(0);
    for (const source of copied) {
      expect(existsSync(join(ROOT, context, source)), source).toBe(true);
      expect(
        sent.some((line) => line.startsWith(`!${source}`)),
        source,
      ).toBe(true);
    }
  });

  test('runs on the Node of the development', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const text = readFileSync(join(ROOT, 'examples/shop/Dockerfile'), 'utf8');
    const versions = [...text.matchAll(/^FROM node:([\d.]+)/gm)].map(([, version]) => version);
    expect(new Set(versions)).toEqual(new Set([devDependencies.node]));
  });
});

/** The schema is of a draft whose `id` keyword is `$id` today; formats are Compose's own. */
function composeValidator() {
  const text = readFileSync(join(import.meta.dirname, 'compose-spec.schema.json'), 'utf8');
  const schema = JSON.parse(text, (name, value) => (name === '$schema' ? undefined : value));
  return new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(withoutIds(schema));
}

function withoutIds(schema: unknown): object {
  return JSON.parse(
    JSON.stringify(schema, (name, value) => (name === 'id' && typeof value === 'string' ? undefined : value)),
  );
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

export const COMPOSE_TEXT = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

/** As it stands in the file, anchors resolved, variables not. */
export function readCompose(): ComposeFile {
  return parse(COMPOSE_TEXT) as ComposeFile;
}

/** `${NAME:?message}`, and the other forms that Compose knows. */
export const VARIABLE = /\$\{(\w+)(?:(:?[-?+])([^}]*))?\}/g;

export interface Mount {
  readonly service: string;
  readonly source: string;
  readonly target: string;
  readonly options: string;
  /** A file or directory of the repository, not a named volume. */
  readonly isFile: boolean;
}

export function mountsOf(compose: ComposeFile): Mount[] {
  return Object.entries(compose.services).flatMap(([service, { volumes = [] }]) =>
    volumes.map((volume) => {
      const [source = '', target = '', options = ''] = volume.split(':');
      return { service, source, target, options, isFile: source.startsWith('.') };
    }),
  );
}

/** What `NAME=value` lines hold. */
export function readEnvExample(): Map<string, string> {
  const lines = readFileSync(join(ROOT, '.env.example'), 'utf8').split('\n');
  const pairs = lines.filter((line) => /^\w/.test(line)).map((line) => line.split('=') as [string, string]);
  return new Map(pairs);
}

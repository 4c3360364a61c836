// Builds our distribution of the OpenTelemetry Collector (collector/builder-config.yaml) with Go and OpenTelemetry's builder, once for
// each text of that file: what was built is kept in the user's cache, and collector/build leads there.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAME = 'audit-register-collector';
const OLDEST_GO = { major: 1, minor: 25 };
const MINUTES = 20;

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'collector/builder-config.yaml'), 'utf8');
const builderVersion = /cmd\/builder@(v[\d.]+)/.exec(text)?.[1];
if (builderVersion === undefined)
  throw new Error('collector/builder-config.yaml does not name the version of the builder');

const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'audit-register/collector');
const kept = join(cache, createHash('sha256').update(text).digest('hex').slice(0, 16));
const binary = join(kept, NAME);

if (!existsSync(binary)) build();
link();
console.log(binary);

/** NOTE: into a directory of its own, put in place by one rename: two builds at once do not get into each other's way. */
function build() {
  const go = findGo();
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'building-'));
  try {
    const env = { ...process.env, GOBIN: work, CGO_ENABLED: '0', GOWORK: 'off' };
    run(go, ['install', `go.opentelemetry.io/collector/cmd/builder@${builderVersion}`], env);
    const config = join(work, 'builder-config.yaml');
    const output = join(work, 'sources');
    writeFileSync(config, text.replace(/^( *output_path:).*$/m, `$1 ${output}\n  go: ${go}`));
    run(join(work, 'builder'), ['--skip-strict-versioning', '--config', config], env);
    rmSync(kept, { recursive: true, force: true });
    mkdirSync(join(work, 'done'));
    renameSync(join(output, NAME), join(work, 'done', NAME));
    renameSync(join(work, 'done'), kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(program, args, env) {
  execFileSync(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'], timeout: MINUTES * 60_000 });
}

/** @throws Where there is no Go that is new enough. */
function findGo() {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin'];
  const found = directories.map((directory) => join(directory, 'go')).filter((path) => existsSync(path));
  for (const go of found) {
    const [, major, minor] = /go(\d+)\.(\d+)/.exec(execFileSync(go, ['version'], { encoding: 'utf8' })) ?? [];
    if (
      Number(major) > OLDEST_GO.major ||
      (Number(major) === OLDEST_GO.major && Number(minor) >= OLDEST_GO.minor)
    )
      return go;
  }
  const wanted = `Go ${OLDEST_GO.major}.${OLDEST_GO.minor} or newer`;
  throw new Error(
    `${wanted} is needed to build the collector; ${found.length === 0 ? 'there is none' : `${found.join(', ')} is older`} (https://go.dev/dl)`,
  );
}

function link() {
  const directory = join(root, 'collector/build');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, NAME);
  rmSync(path, { force: true });
  symlinkSync(binary, path);
}

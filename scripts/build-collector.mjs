// Builds our distribution of the OpenTelemetry Collector (collector/builder-config.yaml) with Go and OpenTelemetry's builder, once for
// each text of that file: what was built is kept in the user's cache, and collector/build leads there.
//   --find-go  says which Go would be used, and builds nothing
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAME = 'audit-register-collector';
const OLDEST_GO = { major: 1, minor: 25 };
const MINUTES = 20;

const root = join(import.meta.dirname, '..');
const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'audit-register');

try {
  if (process.argv.includes('--find-go')) console.log(findGo());
  else main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function main() {
  const text = readFileSync(join(root, 'collector/builder-config.yaml'), 'utf8');
  const kept = join(cache, 'collector', createHash('sha256').update(text).digest('hex').slice(0, 16));
  if (!existsSync(join(kept, NAME))) build(text, kept);
  link(join(kept, NAME));
  console.log(join(kept, NAME));
}

/** NOTE: in a directory of its own, put in place by one rename: a build that is interrupted leaves nothing that looks whole. */
function build(text, kept) {
  const go = findGo();
  mkdirSync(join(cache, 'collector'), { recursive: true });
  const work = mkdtempSync(join(cache, 'collector/building-'));
  const [config, output, done] = ['builder-config.yaml', 'sources', 'done'].map((name) => join(work, name));
  const env = { ...process.env, GOBIN: work, CGO_ENABLED: '0', GOWORK: 'off' };
  try {
    run(go, ['install', builderOf(text)], env);
    writeFileSync(config, text.replace(/^( *output_path:).*$/m, `$1 ${output}\n  go: ${go}`));
    run(join(work, 'builder'), ['--skip-strict-versioning', '--config', config], env);
    mkdirSync(done);
    renameSync(join(output, NAME), join(done, NAME));
    rmSync(kept, { recursive: true, force: true });
    renameSync(done, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** As the file says how to build it by hand. */
function builderOf(text) {
  const builder = /go install (\S+\/builder@v[\d.]+)/.exec(text)?.[1];
  if (builder === undefined) throw new Error('collector/builder-config.yaml does not name its builder');
  return builder;
}

function run(program, args, env) {
  execFileSync(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'], timeout: MINUTES * 60_000 });
}

/** @throws Where there is no Go that is new enough. */
function findGo() {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const found = [...path, '/usr/local/go/bin', join(cache, 'go/bin')]
    .map((directory) => join(directory, 'go'))
    .filter((go) => existsSync(go));
  const go = found.find((go) => isNewEnough(go));
  if (go !== undefined) return go;
  const there = found.length === 0 ? 'there is none' : `this is older: ${found.join(', ')}`;
  throw new Error(
    `Go ${OLDEST_GO.major}.${OLDEST_GO.minor} or newer is needed to build the collector, ${there} (https://go.dev/dl)`,
  );
}

function isNewEnough(go) {
  const said = execFileSync(go, ['version'], { encoding: 'utf8' });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(said)?.map(Number) ?? [];
  return major > OLDEST_GO.major || (major === OLDEST_GO.major && minor >= OLDEST_GO.minor);
}

function link(binary) {
  const directory = join(root, 'collector/build');
  mkdirSync(directory, { recursive: true });
  rmSync(join(directory, NAME), { force: true });
  symlinkSync(binary, join(directory, NAME));
}

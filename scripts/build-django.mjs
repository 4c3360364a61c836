// Installs what a Django service (examples/django, or the one that is named) needs into a virtual environment of its own, once for each
// text of its requirements: it is kept in the user's cache, and .venv in the folder of the service leads there.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MINUTES = 10;

const [, , folder = 'examples/django'] = process.argv;
const service = join(import.meta.dirname, '..', folder);
const requirements = join(service, 'requirements.txt');
const python = process.env['PYTHON'] || 'python3';
const version = versionOf(python);
const key = createHash('sha256')
  .update(version)
  .update(readFileSync(requirements))
  .digest('hex')
  .slice(0, 16);
const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'audit-register/django');
const environment = join(cache, key);
const done = join(environment, 'done');

if (!existsSync(done)) install();
link();
console.log(environment);

/** NOTE: in its place from the start, for its scripts name it. What is not done is begun anew. */
function install() {
  mkdirSync(cache, { recursive: true });
  rmSync(environment, { recursive: true, force: true });
  try {
    run(python, ['-m', 'venv', environment]);
  } catch (cause) {
    throw new Error(`${python} cannot make a virtual environment: on Debian, apt-get install python3-venv`, {
      cause,
    });
  }
  run(join(environment, 'bin/python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--requirement',
    requirements,
  ]);
  run(join(environment, 'bin/python'), ['-m', 'pip', 'check']);
  writeFileSync(done, `${version}\n`);
}

function versionOf(program) {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new Error(`${program} is needed for ${folder}; set PYTHON to where it is`, { cause });
  }
}

function run(program, args) {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: MINUTES * 60_000 });
}

function link() {
  const path = join(service, '.venv');
  rmSync(path, { force: true });
  symlinkSync(environment, path);
}

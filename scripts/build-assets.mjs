/** What tsc leaves out: SQL and shell scripts, the explorer's page, and the command's executable bit. Runs after tsc. */
import { chmodSync, cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { licencesOf } from './licences.mjs';

const root = join(import.meta.dirname, '..');

copy('src/store', /\.sql$/);
copy('src/commands/completion', /\.(bash|zsh|fish|powershell)$/);
chmodSync(join(root, 'dist/commands/cli.js'), 0o755);
await buildPage(join(root, 'src/explorer/page'), join(root, 'dist/explorer/page'));

function copy(directory, name) {
  for (const file of readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })) {
    if (!name.test(file)) continue;
    cpSync(join(root, directory, file), join(root, directory.replace('src', 'dist'), file));
  }
}

async function buildPage(source, target) {
  rmSync(target, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { app: join(source, 'main.tsx') },
    outdir: target,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2023', 'chrome115', 'firefox115', 'safari16.4'],
    tsconfig: join(source, 'tsconfig.json'),
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'favicon.svg']) cpSync(join(source, file), join(target, file));
  writeFileSync(join(target, 'licences.txt'), licencesOf(metafile));
}

/**
 * Makes one file of the preload, `dist/start.js`, out of the 300 it is written in: to find, read and compile each of them takes
 * longer than to run them. Runs after tsc.
 *
 * Packages stay what they are, so that whoever has to replace one of them can. So do our errors, which an application compares
 * with those of `audit-register/api`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { licencesOf } from './licences.mjs';

/**
 * Of OpenTelemetry ninety files, of which little is used; there may be several copies of each in a process: they meet on the global
 * object. And what decides about a record and is loaded late: by then its files may be gone, or the right to read them.
 */
const BUNDLED = new Set([
  '@opentelemetry/api',
  '@opentelemetry/core',
  '@opentelemetry/context-async-hooks',
  'cookie',
  'forwarded-parse',
  'picomatch',
]);

const root = join(import.meta.dirname, '..');
const { dependencies, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const { metafile } = await build({
  entryPoints: [join(root, 'src/start.ts')],
  outfile: join(root, 'dist/start.js'),
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: engines.node.replace('>=', 'node'),
  tsconfig: join(root, 'tsconfig.json'),
  external: Object.keys(dependencies).filter((name) => !BUNDLED.has(name)),
  plugins: [{ name: 'errors', setup: keepErrors }],
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(join(root, 'dist/licences.txt'), licencesOf(metafile));

function keepErrors({ onResolve }) {
  onResolve({ filter: /\/errors\.js$/ }, ({ path, resolveDir }) =>
    join(resolveDir, path) === join(root, 'src/errors.js')
      ? { path: './errors.js', external: true }
      : undefined,
  );
}

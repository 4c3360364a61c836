/**
 * Makes one file of the preload, `dist/start.js`, out of the 300 it is written in: to find, read and compile each of them takes
 * longer than to run them. Runs after tsc.
 *
 * Packages stay what they are, so that whoever has to replace one of them can. So do our errors, which an application compares
 * with those of `audit-register/api`.
 */
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

await build({
  entryPoints: [join(root, 'src/start.ts')],
  outfile: join(root, 'dist/start.js'),
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22.15',
  tsconfig: join(root, 'tsconfig.json'),
  packages: 'external',
  plugins: [{ name: 'errors', setup: keepErrors }],
  logLevel: 'warning',
});

function keepErrors({ onResolve }) {
  onResolve({ filter: /\/errors\.js$/ }, ({ path, resolveDir }) =>
    join(resolveDir, path) === join(root, 'src/errors.js')
      ? { path: './errors.js', external: true }
      : undefined,
  );
}

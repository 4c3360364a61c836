/** What tsc leaves out: copies SQL and shell scripts into dist and makes the command executable. Runs after tsc. */
import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

copy('src/store', /\.sql$/);
copy('src/commands/completion', /\.(bash|zsh|fish|powershell)$/);
chmodSync(join(root, 'dist/commands/cli.js'), 0o755);

function copy(directory, name) {
  for (const file of readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })) {
    if (!name.test(file)) continue;
    cpSync(join(root, directory, file), join(root, directory.replace('src', 'dist'), file));
  }
}

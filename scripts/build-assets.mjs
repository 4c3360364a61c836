/** What tsc leaves out: copies the SQL files into dist and makes the command executable. Runs after tsc. */
import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

for (const file of readdirSync(join(root, 'src/store'), { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.sql')) cpSync(join(root, 'src/store', file), join(root, 'dist/store', file));
}
chmodSync(join(root, 'dist/commands/cli.js'), 0o755);

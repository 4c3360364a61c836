import type { Project } from '../project/project.js';

/** Of the scripts that start a service, the one that comes nearest to production. */
const STARTING = ['start:prod', 'start', 'serve', 'dev'];

const PRELOAD = '--require audit-register';

/** Name of the script that is proposed. */
export const AUDITED_SCRIPT = 'start:audited';

/** How the service is started under the preload. */
export function startCommand(project: Project | undefined): string {
  const scripts = project?.manifest.scripts ?? {};
  const name = STARTING.find((each) => scripts[each] !== undefined);
  if (name === undefined) return `node ${PRELOAD} ${project?.manifest.main || 'index.js'}`;
  return preloaded(scripts[name] as string, project?.manifest.dependencies['cross-env'] !== undefined);
}

/** NOTE: only where it is one call of node it is known whose options those are; any other program hands NODE_OPTIONS on. */
function preloaded(script: string, hasCrossEnv: boolean): string {
  const node = /^((?:cross-env\s+)?(?:\w+=\S*\s+)*)node(?=\s)/;
  if (node.test(script) && !/[;&|]/.test(script)) return script.replace(node, `$1node ${PRELOAD}`);
  const options = `NODE_OPTIONS="${PRELOAD}"`;
  return hasCrossEnv ? `cross-env ${options} ${script.replace(/^cross-env\s+/, '')}` : `${options} ${script}`;
}

/** package.json with the script, in the form that it has. */
export function withScript(text: string, command: string): string {
  const manifest = JSON.parse(text) as { scripts?: Record<string, string> };
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const end = text.endsWith('\n') ? '\n' : '';
  const scripts = { ...manifest.scripts, [AUDITED_SCRIPT]: command };
  return `${JSON.stringify({ ...manifest, scripts }, undefined, indent)}${end}`;
}

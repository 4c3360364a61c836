import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { missingForRelease } from '../../scripts/check-release.mjs';
import { ROOT } from './dockerfile.ts';

interface Step {
  readonly uses?: string;
  readonly name?: string;
  readonly run?: string;
}

interface Job {
  readonly needs?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const readText = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const manifest = JSON.parse(readText('package.json'));

/** NOTE: it has never run: there is no repository on GitHub yet. This looks at what it says. */
describe('The release workflow', () => {
  const workflow = parse(readText('.github/workflows/release.yml')) as {
    on: unknown;
    permissions: object;
    jobs: { check: Job; publish: Job };
  };
  const { check, publish } = workflow.jobs;
  const commandsOf = ({ steps }: Job) => steps.flatMap(({ run }) => run ?? []);

  test('runs for tags of versions alone, and begins without any right', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } });
    expect(workflow.permissions).toEqual({});
  });

  test('publishes only what has passed everything', () => {
    expect(publish.needs).toBe('check');
    expect(commandsOf(check)).toContain('.ci/run');
    expect(check.permissions).toEqual({ contents: 'read' });
  });

  test('publishes with provenance, by its identity and no token', () => {
    expect(publish.permissions['id-token']).toBe('write');
    expect(commandsOf(publish).some((command) => command.startsWith('npm publish --provenance '))).toBe(true);
    expect(readText('.github/workflows/release.yml')).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/);
  });

  test('pins each action to a version', () => {
    const used = [check, publish].flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(used.length).toBeGreaterThanOrEqual(4);
    for (const action of used) expect(action).toMatch(/^actions\/[\w-]+@v\d+\.\d+\.\d+$/);
  });

  test('checks before it publishes, and attaches the bill of materials that it has made', () => {
    const commands = commandsOf(publish);
    const at = (text: string) => commands.findIndex((command) => command.includes(text));
    expect(at('check-release.mjs')).toBeGreaterThanOrEqual(0);
    expect(at('check-release.mjs')).toBeLessThan(at('npm publish'));
    expect(at('sbom.mjs > audit-register-sbom.cdx.json')).toBeLessThan(at('gh release create'));
    expect(commands[at('gh release create')]).toMatch(
      /audit-register-\*\.tgz audit-register-sbom\.cdx\.json/,
    );
  });

  test('runs on the Node.js of the development', () => {
    const text = readText('.github/workflows/release.yml');
    expect(text).toContain(`node-version: '${manifest.devDependencies.node}'`);
    expect(text).toContain(`container: node:${manifest.devDependencies.node}-trixie`);
  });
});

describe('A release', () => {
  const changelog = '# Changelog\n\n## 1.2.3 (2027-01-01)\n';
  const ready = {
    version: '1.2.3',
    repository: { type: 'git', url: 'git+https://github.com/someone/audit-register.git' },
  };
  const env = {
    GITHUB_REPOSITORY: 'someone/audit-register',
    GITHUB_REF_TYPE: 'tag',
    GITHUB_REF_NAME: 'v1.2.3',
  };

  test('that is ready may be published', () => {
    expect(missingForRelease(ready, changelog, env)).toEqual([]);
    expect(missingForRelease(ready, changelog, {})).toEqual([]);
  });

  test.each([
    ['without a repository', { version: '1.2.3' }, changelog, env, /"repository".*add \{/],
    [
      'built elsewhere',
      ready,
      changelog,
      { ...env, GITHUB_REPOSITORY: 'other/fork' },
      /other\/fork: correct/,
    ],
    ['under another tag', ready, changelog, { ...env, GITHUB_REF_NAME: 'v1.2.4' }, /tag v1\.2\.3$/],
    ['without its changelog', ready, '## Unreleased\n', env, /no section "## 1\.2\.3 /],
  ])('%s is refused, with what mends it', (_, what, changes, where, message) => {
    const missing = missingForRelease(what, changes, where);
    expect(missing).toHaveLength(1);
    expect(missing[0]).toMatch(message);
  });

  test('is refused by npm publish as long as the place of the source is not filled in', async () => {
    expect(manifest.scripts.prepublishOnly).toBe('node scripts/check-release.mjs');
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    const said = await promisify(execFile)(process.execPath, ['scripts/check-release.mjs'], {
      cwd: ROOT,
    }).then(
      () => '',
      ({ stderr }: { stderr: string }) => stderr,
    );
    expect(said.includes('has no "repository"')).toBe(manifest.repository === undefined);
  });
});

import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { leavesOf, pathOf } from '../../src/commands/guide.ts';
import { GUIDES } from '../../src/commands/guides.ts';
import { createProgram } from '../../src/commands/program.ts';
import { run } from '../integrity/command.ts';

const silent = { print: () => {}, say: () => {} };
const program = createProgram(silent, async () => {});
const leaves = leavesOf(program);
const page = readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8');
const examples = Object.entries(GUIDES).flatMap(([path, guide]) =>
  guide.examples.map(({ line }) => [path, line] as const),
);

/** As a shell reads it, as far as examples go: words, quotes, and nothing after a pipe or a redirection. */
function wordsOf(line: string): string[] {
  const [own = ''] = line.split(/ [|>] /);
  return [...own.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) =>
    String(single ?? double ?? plain),
  );
}

/** Where the part of the page about a command begins and ends. */
function partOf(command: Command): string {
  const [, rest = ''] = page.split(`\n### ${pathOf(command)}\n`);
  return rest.split(/\n#{2,3} /)[0] ?? '';
}

describe('the help', () => {
  it('shows the commands in groups, how to go on, and the exit codes', async () => {
    const { stdout, code } = await run(['--help'], tmpdir());
    expect(code).toBe(0);
    for (const heading of ['Look:', 'Prove:', 'Run:', 'Set up:', 'Exit codes:'])
      expect(stdout).toContain(`\n${heading}\n`);
    expect(stdout).not.toContain('\nCommands:\n');
  });

  it('comes without colours where nobody sees them', async () => {
    const { stdout } = await run(['verify', '--help'], tmpdir(), { NO_COLOR: '1' });
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
  });

  it('goes to standard error where no command is given, and says that this is wrong', async () => {
    const { stdout, stderr, code } = await run([], tmpdir());
    expect([stdout, code]).toEqual(['', 2]);
    expect(stderr).toContain('Usage: audit-register');
  });

  it.for(leaves.map((leaf) => [pathOf(leaf)] as const))('has examples for %s', ([path]) => {
    expect(GUIDES[path]?.examples.length).toBeGreaterThan(0);
  });

  it('has no examples for commands that are not there', () => {
    expect(Object.keys(GUIDES).filter((path) => !leaves.some((leaf) => pathOf(leaf) === path))).toEqual([]);
  });

  it.for(examples)('has an example for %s that the program takes: %s', async ([path, line]) => {
    let isRun = false;
    const said: string[] = [];
    const own = createProgram({ ...silent, say: (text) => said.push(text) }, async () => void (isRun = true));
    const [name, ...words] = wordsOf(line);
    await own.parseAsync(words, { from: 'user' }).catch(() => {});
    expect(said).toEqual([]);
    expect([name, words.slice(0, path.split(' ').length).join(' '), isRun]).toEqual([
      'audit-register',
      path,
      true,
    ]);
  });
});

describe('docs/commands.md', () => {
  it('has every command, and no other', () => {
    const named = [...page.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(named).toEqual(leaves.map(pathOf));
  });

  it.for(leaves.map((leaf) => [pathOf(leaf), leaf] as const))('has every option of %s', ([, leaf]) => {
    const flags = leaf.options.filter(({ hidden }) => !hidden).map((option) => option.flags);
    const told = [...partOf(leaf).matchAll(/^\| `(-[^`]*)` \|/gm)].map(([, flag]) =>
      String(flag).replaceAll('\\|', '|'),
    );
    expect(told).toEqual(flags);
  });

  it.for(leaves.map((leaf) => [pathOf(leaf), leaf] as const))('has the exit codes of %s', ([, leaf]) => {
    expect(partOf(leaf)).toMatch(/^Exit codes: `0` /m);
  });
});

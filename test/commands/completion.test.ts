import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candidatesFor } from '../../src/commands/completion/candidates.ts';
import { leavesOf, pathOf } from '../../src/commands/guide.ts';
import { createProgram } from '../../src/commands/program.ts';
import { run } from '../integrity/command.ts';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');
const SCRIPTS = join(import.meta.dirname, '../../src/commands/completion');
const program = createProgram({ print: () => {}, say: () => {} }, async () => {});

const valuesFor = (...words: string[]): string[] =>
  candidatesFor(program, words).values.map(({ value }) => value);

describe('completion', () => {
  it('knows every command', () => {
    for (const leaf of leavesOf(program)) {
      const words = pathOf(leaf).split(' ');
      expect(valuesFor(...words.slice(0, -1), '')).toContain(words.at(-1));
    }
  });

  it.for(leavesOf(program).map((leaf) => [pathOf(leaf), leaf] as const))(
    'knows every option of %s',
    ([path, leaf]) => {
      const flags = leaf.options.map((option) => option.long);
      expect(valuesFor(...path.split(' '), '--')).toEqual(expect.arrayContaining(flags));
    },
  );

  it.for(
    leavesOf(program).flatMap((leaf) =>
      leaf.options
        .filter(({ argChoices }) => argChoices !== undefined)
        .map((option) => [pathOf(leaf), String(option.long), option.argChoices ?? []] as const),
    ),
  )('knows the values of %s %s, behind a blank and behind =', ([path, flag, choices]) => {
    const words = path.split(' ');
    expect(valuesFor(...words, flag, '')).toEqual(choices);
    expect(valuesFor(...words, `${flag}=`)).toEqual(choices.map((choice) => `${flag}=${choice}`));
    expect(valuesFor(...words, flag, String(choices[0]).slice(0, 2))).toContain(choices[0]);
  });

  it('goes on with what is typed, and no further', () => {
    expect(valuesFor('ver')).toEqual(['verify']);
    expect(valuesFor('spool', 'fl')).toEqual(['flush']);
    expect(valuesFor('verify', '--js')).toEqual(['--json']);
    expect(valuesFor('nonsense', '')).not.toContain('--json');
    expect(valuesFor('verify', '--from', '')).toEqual([]);
  });

  it('does not take the value of an option for a command', () => {
    expect(valuesFor('spool', 'flush', '--timeout', 'list', '--')).toContain('--timeout');
    expect(valuesFor('verify', '--service', 'spool', '')).toEqual([]);
  });

  it('asks the shell for paths where a file is meant', () => {
    expect(candidatesFor(program, ['verify', '--archive', ''])).toEqual({ values: [], isPath: true });
    expect(candidatesFor(program, ['verify', '--archive=']).isPath).toBe(true);
    expect(candidatesFor(program, ['spool', 'redrive', 'one', '']).isPath).toBe(true);
    expect(candidatesFor(program, ['verify', '--from', '']).isPath).toBe(false);
  });

  it('shows neither itself nor anything that is hidden', () => {
    expect(valuesFor('')).not.toContain('complete');
  });

  it('answers scripts with a line a candidate, whatever options the words look like', async () => {
    const { stdout, code } = await run(['complete', '--', 'verify', '--help', '--version', '--js'], tmpdir());
    expect([code, stdout]).toEqual([0, '--json\tprint the whole report as JSON\n']);
    expect((await run(['complete', '--', 'spool', 'inspect', ' '], tmpdir())).stdout).toBe(':paths\n');
  });

  it('refuses a shell that it does not know', async () => {
    expect((await run(['completion', 'tcsh'], tmpdir())).code).toBe(2);
  });

  it.for(['bash', 'zsh', 'fish', 'powershell'])('prints a script for %s', async (shell) => {
    const { code, stdout } = await run(['completion', shell], tmpdir());
    expect(code).toBe(0);
    expect(stdout).toContain('audit-register complete');
  });

  // NOTE: a shell that is not on this machine has nothing to say of its script; bash is on every one.
  const parsers = [
    ['bash', ['-n']],
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ] as const;
  const present = parsers.filter(([shell]) => spawnSync(shell, ['--version']).status === 0);
  it.for(present)('has a script that %s can read', ([shell, options]) => {
    const { status, stderr } = spawnSync(shell, [...options, join(SCRIPTS, `audit-register.${shell}`)], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('in a real bash', () => {
  let cwd: string;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'audit-register-completion-test-'));
    const bin = join(cwd, 'bin');
    await mkdir(bin);
    // What a shell would run: questions of the script go to the program, anything else shows its arguments.
    await writeFile(
      join(bin, 'audit-register'),
      `#!/bin/bash
case $1 in
  complete | completion) exec '${process.execPath}' '${CLI}' "$@" ;;
  *) printf 'RAN'; printf ' <%s>' "$@"; printf '\\n' ;;
esac
`,
    );
    await chmod(join(bin, 'audit-register'), 0o755);
    await writeFile(join(cwd, 'november.audit'), '');
    await writeFile(join(cwd, 'x y;$(touch ran).audit'), '');
    await writeFile(
      join(cwd, 'profile'),
      `PS1='READY> '; bind 'set enable-bracketed-paste off'\nsource <(audit-register completion bash)\nsource <(audit-register completion bash)\n`,
    );
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  /** Types keys at the prompt of an interactive bash and gives the arguments that the program then got. */
  async function typed(keys: string): Promise<string> {
    const child = spawn('script', ['-qec', 'bash --noprofile --rcfile profile -i', '/dev/null'], {
      cwd,
      env: { PATH: `${join(cwd, 'bin')}:${process.env['PATH']}`, TERM: 'dumb', HISTFILE: '', HOME: cwd },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    const until = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(shown)) await new Promise((resolve) => child.stdout.once('data', resolve));
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    await until(/READY> $/);
    child.stdin.write(`${keys}\n`);
    await until(/RAN[^\n]*\r?\n/);
    child.stdin.end('exit\n');
    await new Promise((resolve) => child.once('close', resolve));
    expect(shown).not.toMatch(/not found|readonly|error/i);
    return /RAN ([^\r\n]*)/.exec(shown)?.[1] ?? '';
  }

  it.for([
    ['audit-register veri\t --js\t', '<verify> <--json>'],
    ['audit-register spool fl\t', '<spool> <flush>'],
    ['audit-register policy test --assurance tru\t', '<policy> <test> <--assurance> <trusted>'],
    ['audit-register policy test --assurance=exp\t', '<policy> <test> <--assurance=expired>'],
    ['audit-register verify --archive nov\t', '<verify> <--archive> <november.audit>'],
    ['audit-register verify --archive=nov\t', '<verify> <--archive=november.audit>'],
    ['audit-register verify --from nov\t', '<verify> <--from> <nov>'],
  ])('%j becomes %s', async ([keys, args]) => {
    expect(await typed(String(keys))).toBe(args);
  });

  // The second one is as bash 3.2, which has no such command.
  it.for(['', 'compopt() { return 127; }; \n'])(
    'quotes the name of a file, with %j before',
    async (before) => {
      const args = await typed(`${before}audit-register verify --archive x\t`);
      expect(args).toBe('<verify> <--archive> <x y;$(touch ran).audit>');
      expect(await typed(`${before}audit-register verify --archive ~/nov\t`)).toBe(
        `<verify> <--archive> <${cwd}/november.audit>`,
      );
      expect(await readdir(cwd)).not.toContain('ran');
    },
  );

  it('runs nothing of what was typed', async () => {
    const keys = 'audit-register hash "$(touch ran)" `touch ran` \t';
    // The line is taken back (Ctrl-U) before it is entered: only completion could have run it.
    expect(await typed(`${keys}\u0015audit-register hash one`)).toBe('<hash> <one>');
    expect(await readdir(cwd)).not.toContain('ran');
  });
});

describe('a pipe that is closed', () => {
  it('ends a command without a word, as it ends any program', () => {
    const line = `'${process.execPath}' '${CLI}' complete -- '' | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('141\n');
  });
});

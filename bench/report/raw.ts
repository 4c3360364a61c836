import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECTION_NAMES } from '../sections/sections.ts';
import type { Findings } from '../sections/sections.ts';
import type { Results } from './results.ts';

/** `run.json` has the machine, and each section that was measured a file of its name. What was there of others stays. */
export async function writeRaw(directory: string, results: Results): Promise<void> {
  await mkdir(directory, { recursive: true });
  const { findings, measuredAt, failures, ...run } = results;
  const before = existsSync(join(directory, 'run.json')) ? await readRaw(directory) : undefined;
  const stale = new Set([...Object.keys(findings), ...Object.keys(failures)]);
  const kept = (of: object | undefined) =>
    Object.fromEntries(Object.entries(of ?? {}).filter(([name]) => !stale.has(name)));
  for (const name of Object.keys(failures)) await rm(join(directory, `${name}.json`), { force: true });
  for (const [name, found] of Object.entries(findings))
    await writeFile(join(directory, `${name}.json`), `${formatJson(found)}\n`);
  const whole = {
    ...run,
    measuredAt: { ...kept(before?.measuredAt), ...measuredAt },
    failures: { ...kept(before?.failures), ...failures },
  };
  await writeFile(join(directory, 'run.json'), `${formatJson(whole)}\n`);
}

/** @throws Error when there is no run in the directory */
export async function readRaw(directory: string): Promise<Results> {
  const run = (await readJson(join(directory, 'run.json'))) as Omit<Results, 'findings'>;
  const findings: Record<string, unknown> = {};
  for (const name of SECTION_NAMES) {
    const path = join(directory, `${name}.json`);
    if (existsSync(path)) findings[name] = await readJson(path);
  }
  return { ...run, findings: findings as Findings };
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** A sample a line: small, and readable in a diff. */
export function formatJson(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null || isFlat(value)) return JSON.stringify(value, shorten);
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => formatJson(item, deeper))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${formatJson(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.map((part) => deeper + part).join(',\n')}\n${indent}${close}`;
}

/** Has nothing in it that would be worth a line. */
function isFlat(value: object): boolean {
  return Object.values(value).every(
    (part) => typeof part !== 'object' || part === null || Object.keys(part).length === 0,
  );
}

/** More digits than were measured are noise. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value;
}

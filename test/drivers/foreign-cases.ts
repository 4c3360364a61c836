import { expect } from 'vitest';
import { startPreloaded } from '../support/preloaded.ts';
import type { PreloadedEnd, RecordRow } from '../support/preloaded.ts';

/** Records of cases of an application, by case, and everything it left. */
export interface ForeignCases {
  readonly of: (name: string) => readonly RecordRow[];
  readonly end: PreloadedEnd;
  readonly answers: ReadonlyMap<string, unknown>;
}

/** Asks an application for its cases, one after the other, and ends it. */
export async function runForeignCases(
  fixture: string,
  names: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ForeignCases> {
  const app = await startPreloaded(fixture, { env: { AUDIT_REGISTER_CAPTURE_READS: 'true', ...env } });
  const answers = new Map<string, unknown>();
  for (const name of names) {
    const response = await fetch(`${app.url}/${name}`);
    expect(response.status, await response.clone().text()).toBe(200);
    answers.set(name, ((await response.json()) as { result: unknown }).result);
  }
  const end = await app.end();
  expect(end.exitCode, end.stderr).toBe(0);
  return {
    of: (name) =>
      end.records.filter(({ url_path, category }) => url_path === `/${name}` && category !== 'http'),
    end,
    answers,
  };
}

import type { Buffer } from 'node:buffer';

/** What the text says; undefined where there is none, or where it is not JSON. */
export function parseJson(text: Buffer | string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text.toString()) as unknown;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { nearest } from '../../config/nearest.js';
import { ConfigurationError, messageOf } from '../../errors.js';
import { isOperation } from '../../record/operations.js';
import type { Evaluation } from './evaluate.js';
import { ASSURANCES, NOTHING, NO_OPERATION } from './subject.js';
import type { Subject } from './subject.js';

/** What is expected of one record; what is left out may be anything. */
export interface Expectation {
  readonly level?: string;
  readonly rule?: string;
  readonly delivery?: string;
}

export interface Case {
  readonly name: string;
  readonly subject: Subject;
  /** In the order of the records; of one alone, of the first. */
  readonly expect: readonly Expectation[];
  /** Whether there must be no other records. */
  readonly isWhole: boolean;
}

const EXPECTED = ['level', 'rule', 'delivery'] as const;
const KEYS = [...Object.keys(NOTHING), 'name', 'expect'];

/** @throws ConfigurationError naming the case and what is wrong with it */
export function parseCases(text: string, origin: string): readonly Case[] {
  const cases = readJson(text, origin);
  if (!Array.isArray(cases) || cases.length === 0)
    throw new ConfigurationError(`${origin} must hold a list of cases.`);
  return cases.map((given: unknown, index) => parseCase(given, `${origin}: case ${index + 1}`));
}

/** @returns What is not as it was expected; empty where all is. */
export function differencesOf({ expect, isWhole }: Case, found: readonly Evaluation[]): readonly string[] {
  const differences = expect.flatMap((wanted, index) => {
    const decision = found[index]?.decision;
    const which = expect.length === 1 ? '' : `record ${index + 1}: `;
    if (decision === undefined) return [`${which}there is none`];
    return EXPECTED.filter((key) => wanted[key] !== undefined && wanted[key] !== decision[key]).map(
      (key) => `${which}${key} is ${decision[key]}, expected ${String(wanted[key])}`,
    );
  });
  if (isWhole && found.length > expect.length)
    differences.push(`${found.length} records, expected ${expect.length}`);
  return differences;
}

function readJson(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigurationError(`${origin} is no valid JSON: ${messageOf(cause)}.`, { cause });
  }
}

function parseCase(given: unknown, origin: string): Case {
  const entries = objectOf(given, origin);
  refuseStray(entries, KEYS, origin);
  const { name, expect, ...rest } = entries;
  const subject = { ...NOTHING, ...rest } as Subject;
  for (const [key, like] of Object.entries(NOTHING)) requireKind(subject, key as keyof Subject, like, origin);
  if (!ASSURANCES.includes(subject.assurance))
    throw new ConfigurationError(`${origin}: "assurance" must be one of ${ASSURANCES.join(', ')}.`);
  if (!subject.operations.every((operation) => isOperation(operation)))
    throw new ConfigurationError(`${origin}: "operations" has another name. ${NO_OPERATION}.`);
  if (subject.path === '' && subject.sql === '')
    throw new ConfigurationError(`${origin} has neither "path" nor "sql".`);
  const wanted = Array.isArray(expect) ? expect : [expect];
  return {
    name: typeof name === 'string' ? name : '',
    subject,
    expect: wanted.map((each) => parseExpectation(each, origin)),
    isWhole: Array.isArray(expect),
  };
}

/** A text is a level. */
function parseExpectation(given: unknown, origin: string): Expectation {
  if (typeof given === 'string') return { level: given };
  const entries = objectOf(given, `${origin}: "expect"`);
  refuseStray(entries, EXPECTED, `${origin}: "expect"`);
  if (Object.keys(entries).length === 0)
    throw new ConfigurationError(`${origin}: "expect" must have level, rule or delivery.`);
  return entries;
}

function requireKind(subject: Subject, key: keyof Subject, like: unknown, origin: string): void {
  const value: unknown = subject[key];
  const isRight = Array.isArray(like)
    ? Array.isArray(value) && value.every((item) => typeof item === 'string')
    : typeof value === typeof like;
  if (isRight) return;
  const kind = Array.isArray(like) ? 'a list of texts' : `a ${typeof like}`;
  throw new ConfigurationError(`${origin}: "${key}" must be ${kind}.`);
}

function objectOf(given: unknown, origin: string): Record<string, unknown> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given))
    return given as Record<string, unknown>;
  throw new ConfigurationError(`${origin} must be an object.`);
}

function refuseStray(given: object, known: readonly string[], origin: string): void {
  const stray = Object.keys(given).find((key) => !known.includes(key));
  if (stray === undefined) return;
  const near = nearest(stray, known);
  throw new ConfigurationError(
    `${origin} has "${stray}"; ${near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`}`,
  );
}

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

interface Field {
  readonly type: string;
  readonly is_array?: boolean;
  /** Of a field with a list of values: each with the types that are expected with it. */
  readonly allowed?: Readonly<Record<string, readonly string[]>>;
}

interface Schema {
  readonly version: string;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Custom fields have a name of their own at the top, as the guidelines of ECS ask for. */
const OWN = 'audit_register';
const TEXTS = new Set(['keyword', 'wildcard', 'constant_keyword', 'text', 'match_only_text']);
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const LARGEST_LONG = 2 ** 63;

const { version, fields } = JSON.parse(
  readFileSync(new URL('./published/ecs-9.4.0.json', import.meta.url), 'utf8'),
) as Schema;

/** What is wrong with an event by the fields of ECS; nothing where it keeps to them. */
export function problemsOfEcs(event: Readonly<Record<string, unknown>>): string[] {
  const { [OWN]: _, ...known } = event;
  const leaves = new Map(leavesOf('', known));
  const categories = listOf(leaves.get('event.category'));
  const types = listOf(leaves.get('event.type'));
  const expected = new Set(categories.flatMap((name) => fields['event.category']?.allowed?.[name] ?? []));
  return [
    ...['@timestamp', 'ecs.version', 'event.kind']
      .filter((name) => !leaves.has(name))
      .map((name) => `${name} is missing`),
    ...(leaves.get('ecs.version') === version ? [] : [`ecs.version is not ${version}`]),
    ...(categories.length === 0 ? [] : types.filter((type) => !expected.has(type))).map(
      (type) => `event.type: ${type} is not expected with ${categories.join(', ')}`,
    ),
    ...[...leaves].flatMap(([name, value]) => problemsOfField(name, value)),
  ];
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}

function* leavesOf(path: string, value: unknown): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) yield [path, value];
  else
    for (const [name, member] of Object.entries(value))
      yield* leavesOf(path === '' ? name : `${path}.${name}`, member);
}

function problemsOfField(name: string, value: unknown): string[] {
  const field = fields[name];
  if (field === undefined) return [`${name} is no field of ECS`];
  if (!Array.isArray(value))
    return field.is_array === true ? [`${name} is no list`] : problemsOfValue(name, value, field);
  if (field.is_array !== true) return [`${name} is a list`];
  if (value.length === 0) return [`${name} is empty`];
  return value.flatMap((item) => problemsOfValue(name, item, field));
}

function problemsOfValue(name: string, value: unknown, { type, allowed }: Field): string[] {
  if (allowed !== undefined && !(String(value) in allowed))
    return [`${name}: ${String(value)} is not allowed`];
  return isOfType(value, type) ? [] : [`${name}: ${String(value)} is no ${type}`];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'long') return Number.isInteger(value) && Math.abs(value as number) <= LARGEST_LONG;
  if (typeof value !== 'string' || value === '') return false;
  if (type === 'date') return DATE.test(value);
  if (type === 'ip') return isIP(value) !== 0;
  return TEXTS.has(type);
}

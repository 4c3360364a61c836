import type { PolicyLevel } from '../config/config.js';
import { COLUMNS } from '../record/columns.js';
import type { Column, ColumnRedaction } from '../record/columns.js';
import { REDACTED } from '../record/redaction/redact.js';
import type { Redactor } from '../record/redaction/redact.js';
import { createStatementRedaction } from '../record/redaction/redact-statement.js';
import type { Draft } from './blank-record.js';
import { isSecretOutput, redactedColumn, redactedKey, secretName } from './column-secrets.js';
import { isUnrouted } from './request-record.js';
import { hiddenColumns } from './statements/parameters.js';

type Values = Readonly<Record<string, string>>;

/** Takes out of a record what is secret, and what its level does not keep. */
export type Redaction = (draft: Draft, level: Exclude<PolicyLevel, 'none'>) => void;

/** Gives what a column may show. `isCut`: the value was longer, so that a secret at its end may be half of one. */
export type RedactionStep = (value: never, draft: Draft, isCut: boolean) => unknown;

const LEVELS: Readonly<Record<string, number>> = { metadata: 0, request: 1, request_response: 2 };

/** The order counts: a target may be named by the path, so it is compared before the path is changed. */
const FIRST: readonly string[] = ['target_id', 'target_ids', 'new_values', 'old_values'];

/** Whoever captures a value keeps at least as much of it as a column holds of an entry. */
const ENTRY_CHARACTERS = 1_024;

interface ColumnStep {
  readonly name: keyof Draft;
  readonly level: number;
  readonly redact: RedactionStep;
  /** For levels below the column's own. */
  readonly below: RedactionStep;
}

/**
 * NOTE: the steps come from the list of all columns, so that none can be forgotten.
 *
 * @param steps For columns of which somebody knows more than their format; they see `new_values` redacted already.
 */
export function createRedaction(
  redactor: Redactor,
  steps: Partial<Record<keyof Draft, RedactionStep>> = {},
): Redaction {
  const kinds = stepsByKind(redactor);
  const own: Partial<Record<string, RedactionStep>> = {
    target_id: targetId(redactor),
    target_ids: targetIds(redactor),
    new_values: values(redactor),
    old_values: values(redactor),
    attributes: attributes(redactor),
    db_returned: rows(redactor),
    ...steps,
  };
  const columns = (COLUMNS as readonly Column[])
    .filter(({ redact }) => redact !== 'none')
    .map(({ name, redact, level = 'metadata' }): ColumnStep => ({
      name: name as keyof Draft,
      level: LEVELS[level] as number,
      redact: own[name] ?? kinds[redact],
      below: redact === 'query' ? (query: string) => redactor.queryNames(query) : blank,
    }))
    .sort((one, other) => FIRST.indexOf(other.name) - FIRST.indexOf(one.name));

  return (draft, level) => {
    const kept = LEVELS[level] as number;
    for (const { name, level: least, redact, below } of columns) {
      const value = draft[name] as never;
      if (isEmpty(value)) continue;
      const isCut = draft.truncated.length > 0 && draft.truncated.includes(name);
      (draft as Record<string, unknown>)[name] = safely(kept >= least ? redact : below, value, draft, isCut);
    }
  };
}

function stepsByKind(redactor: Redactor): Readonly<Record<ColumnRedaction, RedactionStep>> {
  const statement = createStatementRedaction(redactor.isSecretKey, redactor.name);
  const list =
    (redact: (text: string, isCut?: boolean) => string): RedactionStep =>
    (texts: readonly string[], _draft, isCut) =>
      texts.map((text) => redact(text, isCut && isLong(text)));
  return {
    none: (value) => value,
    text: (text: string, _draft, isCut) => redactor.text(text, isCut),
    name: (text: string, _draft, isCut) => redactor.name(text, isCut),
    texts: list(redactor.text),
    names: list(redactor.name),
    statement: (text: string, _draft, isCut) => statement(text, isCut),
    values: (given: Values, _draft, isCut) => redactor.values(given, isCut ? ENTRY_CHARACTERS : undefined),
    path: (path: string, draft, isCut) =>
      isUnrouted(draft) ? '' : redactor.path(path, draft.http_route, isCut),
    query: (query: string, _draft, isCut) => redactor.form(query, isCut),
    body: (body: string, _draft, isCut) => redactor.body(body, isCut),
  };
}

/** NOTE: what cannot be looked at is not shown, but the record stays. */
function safely(step: RedactionStep, value: never, draft: Draft, isCut: boolean): unknown {
  try {
    return step(value, draft, isCut);
  } catch {
    return typeof value === 'string' ? REDACTED : blank(value);
  }
}

/** NOTE: most columns of most records are, and nothing is made of them. */
function isEmpty(value: string | object): boolean {
  if (typeof value === 'string') return value === '';
  for (const _ in value) return false;
  return true;
}

function blank(value: unknown): unknown {
  if (typeof value === 'string') return '';
  return Array.isArray(value) ? [] : {};
}

function targetId(redactor: Redactor): RedactionStep {
  return (id: string, draft, isCut) =>
    draft.category !== 'db' && id === draft.url_path
      ? redactor.path(id, draft.http_route, isCut)
      : redactedKey(id, draft, redactor, isCut);
}

function targetIds(redactor: Redactor): RedactionStep {
  return (ids: readonly string[], draft, isCut) =>
    ids.map((id) => redactedKey(id, draft, redactor, isCut && isLong(id)));
}

/** NOTE: of a list or map that was cut, entries are missing; an entry itself was cut only where it is as long as one may be. */
function isLong(text: string): boolean {
  return text.length >= ENTRY_CHARACTERS;
}

/** By the names of the columns, and by what else is known of them. */
function values(redactor: Redactor): RedactionStep {
  return (given: Values, draft, isCut) => {
    const hidden = hiddenColumns(draft, redactor);
    const isSecret = (column: string): boolean =>
      redactor.isSecretKey(secretName(draft, column)) || hidden.has(column);
    const shown = redactor.values(given, isCut ? ENTRY_CHARACTERS : undefined);
    const secrets = Object.keys(given).filter(isSecret);
    if (secrets.length === 0) return shown;
    const own = secrets.map((column): [string, string] => {
      const value = given[column] as string;
      return [redactor.name(column), redactedColumn(draft, column, value, redactor, isCut && isLong(value))];
    });
    return Object.fromEntries([...Object.entries(shown), ...own]);
  };
}

/** NOTE: `auth` in a name of ours says no secret. Nobody else can use these names; their values come from anybody. */
function attributes(redactor: Redactor): RedactionStep {
  return (given: Values, _draft, isCut) => {
    const shown = redactor.values(given, isCut ? ENTRY_CHARACTERS : undefined);
    if (shown === given) return given;
    const own = Object.entries(given).filter(([name]) => name.startsWith('audit.'));
    const texts = own.map(([name, text]) => [name, redactor.text(text, isCut && isLong(text))]);
    return { ...shown, ...(Object.fromEntries(texts) as Values) };
  };
}

/** Rows as JSON, one text a row. */
function rows(redactor: Redactor): RedactionStep {
  return (given: readonly string[], draft, isCut) => {
    const isSecret = (label: string): boolean => isSecretOutput(label, draft, redactor);
    return given.map((row) => redactor.row(row, isSecret, isCut && isLong(row)));
  };
}

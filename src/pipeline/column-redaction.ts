import { NO_STRINGS, NO_VALUES } from '../record/record.js';
import type { AuditRecord } from '../record/record.js';
import { REDACTED } from '../record/redaction/redact.js';
import type { Redactor } from '../record/redaction/redact.js';
import type { Draft } from './blank-record.js';
import { redactedColumn, secretName } from './column-secrets.js';
import { hiddenColumns } from './statements/parameters.js';

type Column = keyof AuditRecord;
type Values = Readonly<Record<string, string>>;

/** Gives what a column may show. `isCut`: the value was longer, so that a secret at its end may be half of one. */
export type RedactionStep<Value> = (value: Value, draft: Draft, isCut: boolean) => Value;

/** Whoever captures a value keeps at least as much of it as a column holds of an entry. */
const ENTRY_CHARACTERS = 1_024;

/** NOTE: of a list or map that was cut, entries are missing; an entry itself was cut only where it is as long as one may be. */
export function isLong(text: string): boolean {
  return text.length >= ENTRY_CHARACTERS;
}

/**
 * Columns by what is known of their format. What is empty, as most columns of most records are, is not looked at; what cannot be
 * looked at is not shown, but the record stays.
 */
export class ColumnRedaction {
  readonly #redactor: Redactor;
  /** Attributes that show no secret and cannot change: those of the last record that had such. */
  #harmless: Values = NO_VALUES;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Free text. */
  text(column: Column, value: string, draft: Draft): string {
    if (value === '') return value;
    try {
      return this.#redactor.text(value, isCut(column, draft));
    } catch {
      return REDACTED;
    }
  }

  /** A name, in which only what has the shape of a secret goes. */
  name(column: Column, value: string, draft: Draft): string {
    if (value === '') return value;
    try {
      return this.#redactor.name(value, isCut(column, draft));
    } catch {
      return REDACTED;
    }
  }

  names(column: Column, values: readonly string[], draft: Draft): readonly string[] {
    if (values.length === 0) return values;
    try {
      const areCut = isCut(column, draft);
      return values.every((value) => this.#redactor.name(value, areCut && isLong(value)) === value)
        ? values
        : values.map((value) => this.#redactor.name(value, areCut && isLong(value)));
    } catch {
      return NO_STRINGS;
    }
  }

  /** A text of which only its own step knows. */
  one(column: Column, value: string, draft: Draft, step: RedactionStep<string>): string {
    if (value === '') return value;
    try {
      return step(value, draft, isCut(column, draft));
    } catch {
      return REDACTED;
    }
  }

  list(
    column: Column,
    values: readonly string[],
    draft: Draft,
    step: RedactionStep<readonly string[]>,
  ): readonly string[] {
    if (values.length === 0) return values;
    try {
      return step(values, draft, isCut(column, draft));
    } catch {
      return NO_STRINGS;
    }
  }

  /** Values of a row, by the names of its columns and by what else is known of them. */
  changes(column: Column, given: Values, draft: Draft): Values {
    if (isEmpty(given)) return given;
    try {
      return this.#changes(given, draft, isCut(column, draft));
    } catch {
      return NO_VALUES;
    }
  }

  #changes(given: Values, draft: Draft, areCut: boolean): Values {
    const redactor = this.#redactor;
    const hidden = hiddenColumns(draft, redactor);
    const isSecret = (name: string): boolean =>
      redactor.isSecretKey(secretName(draft, name)) || hidden.has(name);
    const shown = redactor.values(given, areCut ? ENTRY_CHARACTERS : undefined);
    const secrets = Object.keys(given).filter(isSecret);
    if (secrets.length === 0) return shown;
    const own = secrets.map((name): [string, string] => {
      const value = given[name] as string;
      return [redactor.name(name), redactedColumn(draft, name, value, redactor, areCut && isLong(value))];
    });
    return Object.fromEntries([...Object.entries(shown), ...own]);
  }

  attributes(column: Column, given: Values, draft: Draft): Values {
    if (given === this.#harmless || isEmpty(given)) return given;
    try {
      const shown = this.#attributes(given, isCut(column, draft));
      if (shown === given && Object.isFrozen(given)) this.#harmless = given;
      return shown;
    } catch {
      return NO_VALUES;
    }
  }

  /** NOTE: `auth` in a name of ours says no secret. Nobody else can use these names; their values come from anybody. */
  #attributes(given: Values, areCut: boolean): Values {
    const { values, text } = this.#redactor;
    const shown = values(given, areCut ? ENTRY_CHARACTERS : undefined);
    if (shown === given) return given;
    const own = Object.entries(given).filter(([name]) => name.startsWith('audit.'));
    const texts = own.map(([name, value]) => [name, text(value, areCut && isLong(value))]);
    return { ...shown, ...(Object.fromEntries(texts) as Values) };
  }
}

function isCut(column: Column, { truncated }: Draft): boolean {
  return truncated.length > 0 && truncated.includes(column);
}

function isEmpty(values: Values): boolean {
  if (values === NO_VALUES) return true;
  for (const _ in values) return false;
  return true;
}

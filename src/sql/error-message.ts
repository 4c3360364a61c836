import { constantValues } from './constant-text.js';
import { SqlScanner } from './scanner.js';

/** What PostgreSQL's messages call by name; whatever else they quote is a value. */
const NAMED =
  /\b(?:aggregate|attribute|collation|column|constraint|conversion|cursor|database|domain|encoding|extension|function|index|language|materialized view|operator|parameter|policy|portal|procedure|publication|relation|role|routine|rule|savepoint|schema|sequence|server|statement|subscription|table|tablespace|transform|trigger|type|user|variable|view) $/i;

/** Values that messages bring in parentheses. Other databases have sentences of their own. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/\b(key \([^=]{1,500}\))=\((?:[\s\S]*\)|[\s\S]*)/i, '$1=(?)'],
  [/\b(failing row contains) \([\s\S]*/i, '$1 (?)'],
  [/\b(duplicate entry) '[\s\S]*'( for key )/i, '$1 ?$2'],
  [/\b(dup key:) \{[\s\S]*/i, '$1 ?'],
  [/\b(near) '[\s\S]*'( at line )/i, '$1 ?$2'],
  [/\b(incorrect [\w ]{1,40} value:) '[\s\S]*'( for )/i, '$1 ?$2'],
  [/\b(incorrect [\w ]{1,40} value:) '(?:[\s\S]*'|[\s\S]*)$/i, '$1 ?'],
  [/\b(duplicate key value is) \((?:[\s\S]*\)|[\s\S]*)/i, '$1 (?)'],
  [/\b(converting the [\w ]{1,40} value) '[\s\S]*'( to )/i, '$1 ?$2'],
  [/\b(truncated value:) '(?:[\s\S]*'|[\s\S]*)/i, '$1 ?'],
  [/\b(xpath syntax error:) '(?:[\s\S]*'|[\s\S]*)/i, '$1 ?'],
  [/\b(args beginning with:)[\s\S]*/i, '$1 ?'],
];

/** Quotes of the languages that PostgreSQL speaks; in these, what is called by name cannot be told from a value. */
const QUOTES: readonly (readonly [open: string, close: string])[] = [
  ['"', '"'],
  ['»', '«'],
  ['«', '»'],
  ['„', '“'],
  ['“', '”'],
];

/** Characters of a message that are looked at; no column holds more. */
const MESSAGE_CHARACTERS = 16_384;
const LEAST_VALUE_CHARACTERS = 4;
/** Values that are looked for in a message. */
const KNOWN_VALUES = 256;

/**
 * A message of a database without the values it quotes: `invalid input syntax for type uuid: "…"`, `syntax error at or near
 * "…"`, `Key (email)=(…) already exists`. Names of tables, columns and constraints stay.
 */
export function withoutQuotedValue(given: string): string {
  let message = given.slice(0, MESSAGE_CHARACTERS);
  for (const [sentence, instead] of SENTENCES) message = message.replace(sentence, instead);
  for (const [open, close] of QUOTES) {
    const start = firstQuotedValue(message, open, close);
    // NOTE: a value is quoted as it is, with the quotes in it, so it ends at the last one. Cut, it has no end.
    const end = message.lastIndexOf(close);
    if (start !== -1) message = `${message.slice(0, start)}?${end > start ? message.slice(end + 1) : ''}`;
  }
  return message;
}

/**
 * The message without the values that were sent with the statement, as parameters or within its text, too: the message of
 * a `RAISE` is the application's own, and may say anything.
 */
export function withoutSentValues(message: string, text: string, parameters: readonly string[]): string {
  let shown = withoutQuotedValue(message);
  for (const value of sentValues(text, parameters)) {
    if (shown.includes(value)) shown = shown.replaceAll(value, '?');
  }
  return shown;
}

/** NOTE: the longest first, or a value that begins another would leave the rest of it. */
function sentValues(text: string, parameters: readonly string[]): readonly string[] {
  const values = parameters.slice(0, KNOWN_VALUES);
  const scanner = new SqlScanner(text.slice(0, MESSAGE_CHARACTERS));
  while (values.length < 2 * KNOWN_VALUES && scanner.next()) values.push(...constantValues(scanner));
  return values
    .filter((value) => value.length >= LEAST_VALUE_CHARACTERS)
    .sort((one, other) => other.length - one.length);
}

function firstQuotedValue(message: string, open: string, close: string): number {
  for (let at = message.indexOf(open); at !== -1; at = message.indexOf(open, at)) {
    if (!NAMED.test(message.slice(Math.max(0, at - 24), at))) return at;
    const end = message.indexOf(close, at + 1);
    if (end === -1) return at;
    at = end + 1;
  }
  return -1;
}

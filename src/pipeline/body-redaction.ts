import { REDACTED } from '../record/redact.js';
import type { Redactor } from '../record/redact.js';

/** `name=`, `name: `, `"name":`, `\"name\":`: GraphQL, attributes, settings, logs, JSON within a text or cut off. */
const NAME = /(?<![\w.-])([\w.-]{1,128})\\{0,15}["']?\s{0,8}[:=]\s{0,8}/g;

/** What follows a name, as far as it goes; the end of a list or an object is not looked for. */
const VALUE =
  /"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)|(\\{1,15})"(?:[^]*?(?<!\\)\1"|[^]*$)|[[{][^]*$|[^\s"'\\,;&<>(){}[\]]+/y;

/** An element with nothing but text in it, with or without a prefix. */
const ELEMENT = /<(?:[\w-]{1,64}:)?([\w.-]{1,128})(?:\s[^<>]{0,1024})?>([^<]+)/g;

/** Nothing without one of these has names in it. */
const STRUCTURED = /[=:<]/;

const FORM = /^[^\s=&<{["]{1,128}=/;

/** A body without its secrets. What kind of text it is, the sender says; how it looks counts as well. */
export function redactBody(given: string, isForm: boolean, redactor: Redactor): string {
  const text = given.trim();
  const redacted = redactJson(text, redactor) ?? redactLines(text, redactor) ?? redactText(given, redactor);
  return isForm || FORM.test(text) ? redactor.query(redacted) : redacted;
}

/** Undefined for what cannot be parsed. */
function redactJson(text: string, redactor: Redactor): string | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    // NOTE: numbers and names may have the shape of a secret, too.
    return redactor.text(JSON.stringify(redactValue(JSON.parse(text), redactor)));
  } catch {
    return undefined;
  }
}

/** NOTE: in place, because that is three times faster than a reviver; `__proto__` is an own member of what was parsed. */
function redactValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactMember(value, redactor);
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    members[name] = redactor.isSecretKey(name) ? REDACTED : redactValue(members[name], redactor);
  }
  return members;
}

/** A text within JSON may be JSON again, or anything else. */
function redactMember(text: string, redactor: Redactor): string {
  return STRUCTURED.test(text) ? redactBody(text, false, redactor) : redactor.text(text);
}

/** JSON in lines; the last of them may be cut. */
function redactLines(text: string, redactor: Redactor): string | undefined {
  const [first = '', ...rest] = text.split('\n');
  const redacted = rest.length === 0 ? undefined : redactJson(first, redactor);
  if (redacted === undefined) return undefined;
  return [redacted, ...rest.map((line) => redactJson(line, redactor) ?? redactText(line, redactor))].join(
    '\n',
  );
}

function redactText(text: string, redactor: Redactor): string {
  const { isSecretKey } = redactor;
  const redacted = redactor
    .text(text)
    .replace(ELEMENT, (element, name: string, content: string) =>
      isSecretKey(name) ? element.slice(0, element.length - content.length) + REDACTED : element,
    );
  return redactNamed(redacted, isSecretKey);
}

/** NOTE: the value of a name that is not secret may hold some that are, so it is not skipped. */
function redactNamed(text: string, isSecretKey: (name: string) => boolean): string {
  let redacted = '';
  let end = 0;
  NAME.lastIndex = 0;
  for (let name = NAME.exec(text); name !== null; name = NAME.exec(text)) {
    if (!isSecretKey(name[1] as string)) continue;
    const start = (VALUE.lastIndex = NAME.lastIndex);
    const value = VALUE.exec(text)?.[0];
    if (value === undefined) continue;
    const quote = /^\\*["']/.exec(value)?.[0] ?? '';
    redacted += text.slice(end, start) + quote + REDACTED + quote;
    end = NAME.lastIndex = start + value.length;
  }
  return redacted + text.slice(end);
}

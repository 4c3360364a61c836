/** A term of a search that is exactly this value: what "only this" and "not this" add to the search box. */
export function writeTerm(field: string, value: string, { isExcluded = false } = {}): string {
  return `${isExcluded ? '-' : ''}${field}:${writeValue(value)}`;
}

/** A term that is any of these values. */
export function writeAnyOf(field: string, values: readonly string[]): string {
  return `${field}:${values.map(writeValue).join(',')}`;
}

/** In quotes where anything in it would have a meaning of its own. */
function writeValue(value: string): string {
  if (/^[^\s",*<>=\\-][^\s",*\\]*$/u.test(value)) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

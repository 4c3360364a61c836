/** A member of JSON text, for a text that was cut and cannot be parsed: its name, and its value as far as it goes. */
const MEMBER = /"((?:[^"\\]|\\.){1,128})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[[{][\s\S]*$|[^,}\]\s]+)/g;

export function looksLikeJson(text: string): boolean {
  return text.startsWith('{') || text.startsWith('[');
}

/** JSON text in which the values of secret names, at any depth, are replaced. */
export function redactJson(text: string, isSecretKey: (name: string) => boolean, instead: string): string {
  const replace = (name: string, value: unknown): unknown => (isSecretKey(name) ? instead : value);
  try {
    return JSON.stringify(JSON.parse(text, replace));
  } catch {
    return text.replace(MEMBER, (member, name: string, colon: string) =>
      isSecretKey(name) ? `"${name}"${colon}"${instead}"` : redactRest(member, name, isSecretKey, instead),
    );
  }
}

/** A member that is not secret itself may hold some that are. */
function redactRest(
  member: string,
  name: string,
  isSecretKey: (name: string) => boolean,
  instead: string,
): string {
  const at = member.slice(name.length + 2).search(/[[{]/);
  if (at === -1) return member;
  const start = name.length + 2 + at + 1;
  return member.slice(0, start) + redactJson(member.slice(start), isSecretKey, instead);
}

import type { IsSecretName } from './redact-assignments.js';

/**
 * `SET name TO value`, alone or within a definition (`ALTER ROLE x SET …`, `CREATE FUNCTION … SET … AS ?`): the one place
 * where a value may stand without quotes. It may be a list.
 */
const SETTING =
  /\b(set\s+(?:(?:session|local)\s+)?)([\w."$]{1,130})(\s*=\s*|\s+to\s+)(?!\?|\$\d)([\w."$+-]+(?:\s*,\s*[\w."$+?-]+)*)/gi;

/** NOTE: `UPDATE … SET token = excluded.token` has no value, but a name. */
const HOLDS_SETTINGS = /^\s*(?:set|alter|create)\b/i;

/** Statements remembered, so that a repeated one is looked at once. */
const KNOWN_STATEMENTS = 2_000;

/** As many are kept of a statement, so of one that is as long there was more. */
const CUT_CHARACTERS = 8_192;

/**
 * A normalised statement, in which names are all that can be secret, but for the value of a setting.
 *
 * @param name Redacts a text of names.
 */
export function createStatementRedaction(
  isSecretName: IsSecretName,
  name: (text: string, isCut: boolean) => string,
): (statement: string, isCut: boolean) => string {
  const known = new Map<string, string>();
  return (statement, isCut) => {
    if (isCut) return name(withoutSetting(statement, isSecretName), true);
    const remembered = known.get(statement);
    if (remembered !== undefined) return remembered;
    if (known.size >= KNOWN_STATEMENTS) known.clear();
    const redacted = name(withoutSetting(statement, isSecretName), statement.length >= CUT_CHARACTERS);
    known.set(statement, redacted);
    return redacted;
  };
}

function withoutSetting(statement: string, isSecretName: IsSecretName): string {
  if (!HOLDS_SETTINGS.test(statement)) return statement;
  return statement.replace(SETTING, (all, before: string, setting: string, to: string) =>
    isSecretName(setting) ? `${before}${setting}${to}?` : all,
  );
}

import type { Draft } from '../../pipeline/blank-record.js';
import { redactedKey } from '../../pipeline/column-secrets.js';
import { looksLikeJson } from '../../record/redaction/redact-json.js';
import { REDACTED } from '../../record/redaction/redact.js';
import type { Redactor } from '../../record/redaction/redact.js';

/** Encoded passwords of Django: `algorithm$…`. Source: Django documentation, password management. */
const PASSWORD_HASH =
  /\b(?:(?:pbkdf2|bcrypt|scrypt|argon2|sha1|md5|unsalted|crypt)[a-z\d_]*\$[\w$+/=.,-]{8,}|\$2[aby]\$\d\d\$[\w./]{20,})/g;

/** Attributes that keep a text which could not be read, and so cannot be redacted by its names. */
const UNREAD = ['easyaudit.object_json_repr', 'easyaudit.changed_fields'];

/** What easy-audit kept is what the models held, password hashes among it. */
export function redactImported(draft: Draft, redactor: Redactor): void {
  const text = (value: string): string => redactor.text(value).replace(PASSWORD_HASH, REDACTED);
  const path = (value: string): string => redactor.path(value).replace(PASSWORD_HASH, REDACTED);
  const values = (given: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(redactor.values(given)).map(([name, value]) => [name, text(value)]));
  const attributes: Record<string, string> = { ...draft.attributes };
  for (const name of UNREAD) {
    const value = attributes[name];
    if (value !== undefined && mayBeSecret(value, redactor)) attributes[name] = REDACTED;
  }
  draft.attributes = values(attributes);
  draft.new_values = values(draft.new_values);
  draft.old_values = values(draft.old_values);
  // NOTE: a target may be named by the path, so it is compared before the path is changed.
  draft.target_id =
    draft.category === 'http' && draft.target_id === draft.url_path
      ? path(draft.target_id)
      : text(redactedKey(draft.target_id, draft, redactor, false));
  draft.actor_id = text(draft.actor_id);
  draft.actor_name = text(draft.actor_name);
  draft.url_path = path(draft.url_path);
  draft.url_query = redactor.query(draft.url_query);
}

/** NOTE: JSON that was cut is redacted by its names; Python's notation is not, so one secret name takes the whole text. */
function mayBeSecret(text: string, redactor: Redactor): boolean {
  if (looksLikeJson(text) && !text.includes("'")) return false;
  return (text.match(/[\w.-]+/g) ?? []).some(redactor.isSecretKey);
}

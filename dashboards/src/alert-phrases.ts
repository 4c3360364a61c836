import { bySurest, whoIsExactly } from './phrases.ts';

/** Longer labels are cut: whoever chose a name has no page of a messenger. */
const MOST_CHARACTERS = 100;

/** What a messenger makes mentions, links and code of, and letters of the same look of which it makes nothing. */
const READ_AS_MARKUP = ['<>@[]`', '＜＞＠［］ˋ'] as const;

/**
 * A text as it may stand in a notification: in one line, short, and nothing in it pings, links or formats.
 *
 * NOTE: a label may be a name that somebody typed who failed to log in.
 */
export function said(text: string): string {
  const valid = `toValidUTF8(toString(${text}))`;
  const short = `if(lengthUTF8(${valid}) > ${MOST_CHARACTERS}, concat(leftUTF8(${valid}, ${MOST_CHARACTERS - 1}), '…'), ${valid})`;
  // Invisible characters and the turners of directions are of category C, ends of lines and paragraphs of Zl and Zp.
  const visible = `replaceRegexpAll(${short}, '[\\\\p{C}\\\\p{Zl}\\\\p{Zp}]', '�')`;
  const [from, to] = READ_AS_MARKUP;
  return `replaceAll(translateUTF8(${visible}, '${from}', '${to}'), '://', '：//')`;
}

/**
 * Whose deeds count together. A name that nobody vouches for costs nothing to change, so all of them count as one; what a
 * service does by itself claims no name.
 */
export const BY_WHOM = `if(
    actor_assurance IN ('verified', 'trusted') OR actor_type = 'system',
    (toString(actor_type), actor_id),
    ('', ''))`;

/** Who it was, as columns of a query that groups by `BY_WHOM`; `actorLabels` reads them. */
export const WHOM = `${bySurest('(actor_name, actor_id, toString(actor_type), toString(actor_assurance))')} AS known,
    uniqExact(actor_type, actor_id) AS names`;

/** @param source Has the columns `WHOM`. */
export function withActor(source: string): string {
  return `(
  SELECT *, ${said('known.1')} AS actor_name, ${said('known.2')} AS actor_id, known.3 AS actor_type
  FROM ${source}
)`;
}

/** Labels that do not change with every further name. */
export const ACTOR_LABELS = `if(names > 1, 'several names that nobody vouches for', ${whoIsExactly()}) AS actor,
  if(names > 1, 'unsure', known.4) AS assurance`;

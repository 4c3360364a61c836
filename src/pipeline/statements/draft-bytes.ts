import type { Draft } from '../blank-record.js';

/** What a record weighs before anything of the statement is in it. */
const BLANK_BYTES = 1_024;
/** A character of a JavaScript text that is not Latin. */
const CHARACTER_BYTES = 2;

/** About how much memory a record of a statement takes while it waits. */
export function draftBytes(draft: Draft): number {
  const characters =
    draft.db_statement.length +
    draft.error_message.length +
    charactersOf(draft.target_ids) +
    charactersOf(draft.db_parameters) +
    charactersOf(draft.db_returned) +
    charactersOf(Object.values(draft.new_values)) +
    charactersOf(Object.values(draft.old_values));
  return BLANK_BYTES + characters * CHARACTER_BYTES;
}

function charactersOf(texts: readonly string[]): number {
  let characters = 0;
  for (const text of texts) characters += text.length;
  return characters;
}
